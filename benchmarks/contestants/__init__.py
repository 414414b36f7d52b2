"""Those who are measured, each a process of its own, run with `-m`: ourselves, FunASR, sherpa-onnx."""
