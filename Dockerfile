# The optimiser in a container. It writes into the folder that is mounted, so it runs as the one who owns that folder:
#   docker build -t facility-optimizer .
#   docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/data" facility-optimizer solve my_site.toml
FROM python:3.12-slim AS build
COPY . /src
RUN python -m pip wheel --no-cache-dir --no-deps --wheel-dir /wheels /src

FROM python:3.12-slim
COPY constraints.txt /tmp/constraints.txt
COPY --from=build /wheels /wheels
RUN python -m pip install --no-cache-dir -c /tmp/constraints.txt /wheels/*.whl \
    && rm -r /wheels /tmp/constraints.txt \
    && useradd --create-home --uid 10001 planner
USER 10001
WORKDIR /data
ENTRYPOINT ["optimizer"]
CMD ["--help"]
