# An image with kgen and its command line.
#
# CPU: docker build -t kgen .
# GPU: docker build -t kgen-gpu --build-arg EXTRAS="[gpu]" .
# Use: docker run --rm -v "$PWD:/work" kgen train vae --data digits --run-dir runs/vae
#
# A server needs its extra, has to listen at all addresses of the container, and a port:
# docker build -t kgen-serve --build-arg EXTRAS="[serve]" .
# docker run --rm -p 8501:8501 -v "$PWD:/work" kgen-serve serve saved_models/vae --host 0.0.0.0
ARG PYTHON=3.12
FROM python:${PYTHON}-slim

ARG EXTRAS=""
WORKDIR /kgen
COPY pyproject.toml setup.cfg README.md LICENSE ./
COPY kgen kgen
# hadolint ignore=DL3013
RUN pip install --no-cache-dir ".${EXTRAS}" \
    && useradd --create-home --uid 1000 kgen \
    && mkdir /work \
    && chown kgen /work

USER 1000
WORKDIR /work
ENTRYPOINT ["kgen"]
CMD ["--help"]
