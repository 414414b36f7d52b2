"""The life of the process: its sockets, its end, its log and its folder. Knows nothing of routes, models or Gradio."""
