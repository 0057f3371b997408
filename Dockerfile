# syntax=docker/dockerfile:1
# The page and the command on a CPU, with the weights inside:
#   docker build -t adain .
#   docker run --rm -p 7860:7860 adain
#   docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/work" adain stylize photo.jpg --style scream -o out.png
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

# Largest and seldom changed, so a layer of its own.
RUN pip install "torch>=2.6" --index-url https://download.pytorch.org/whl/cpu

# Mounted instead of copied: the source is in no layer.
RUN --mount=type=bind,target=/src,rw pip install "/src[demo]"

# Whoever runs it may be a user without a name or a home of their own.
ENV HOME=/home/adain GRADIO_ANALYTICS_ENABLED=False
RUN useradd --uid 1000 --create-home adain && chmod 1777 /home/adain && install -d -o adain /work
USER 1000
WORKDIR /work

EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/', timeout=9)"]

ENTRYPOINT ["adain"]
CMD ["demo", "--host", "0.0.0.0", "--port", "7860"]
