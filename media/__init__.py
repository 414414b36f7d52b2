"""What runs the ffmpeg program: recordings cleaned before they are heard, captions put into films. Imported by the top alone.

Knows speech, and neither engines nor doors. The program is a guest from the package imageio-ffmpeg, and lives in a cage.
"""
