# Earshot in a container. The base is chosen at build time:
#   docker build -t earshot .                                                              (CPU)
#   docker build -t earshot --build-arg BASE=nvidia/cuda:13.0.1-runtime-ubuntu24.04 .       (CUDA: run with --gpus all)
# It runs as it is, and also (compose.yaml does) with nothing but /tmp and /data to write to and no rights at all:
#   docker run --rm --read-only --tmpfs /tmp:size=2g --cap-drop ALL --security-opt no-new-privileges --pids-limit 512 \
#     --memory 6g --stop-timeout 35 -p 127.0.0.1:6006:6006 -e EARSHOT_ALLOW_OPEN=1 -v earshot:/data earshot
# In here the server must listen on 0.0.0.0; who reaches it is decided by whoever publishes the port. So the image neither has
# keys nor allows an open door: -e EARSHOT_ALLOW_OPEN=1 stands beside -p 127.0.0.1:…, -e EARSHOT_API_KEYS=… beside any other.
# The CPU image is smaller with a CPU build of torch: --build-arg TORCH_INDEX=<an index that offers torch==2.13.0+cpu>
ARG BASE=debian:12-slim
FROM ${BASE}

ARG TORCH_INDEX=
ENV PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    MALLOC_ARENA_MAX=2 \
    EARSHOT_HOST=0.0.0.0 \
    EARSHOT_HOME=/data \
    PATH=/opt/earshot/bin:$PATH

RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 python3-venv fonts-noto-cjk \
    && rm -rf /var/lib/apt/lists/* \
    && python3 -m venv /opt/earshot \
    && useradd --create-home --uid 10001 earshot \
    && mkdir /data && chown earshot /data

WORKDIR /app
COPY requirements.txt .
RUN pip install ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} --requirement requirements.txt

COPY app.py cli.py earshot.py settings.py ./
COPY commands commands
COPY speech speech
COPY models models
COPY api api
COPY ui ui
COPY media media
COPY serving serving
COPY keeping keeping

# The root file system may be read-only: nothing is left to be compiled.
RUN python -m compileall -q .

USER earshot
VOLUME /data
EXPOSE 6006
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s \
    CMD python -c "import urllib.request; urllib.request.urlopen('http://127.0.0.1:6006/livez', timeout=4)"
CMD ["python", "app.py"]
