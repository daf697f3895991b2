FROM python:3.13-slim AS build
WORKDIR /app
COPY requirements.txt ./
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml README.md ./
COPY app app
COPY migrations migrations
RUN /opt/venv/bin/pip install --no-cache-dir --no-deps --editable .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home rollbook
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:$PATH TZ=UTC PYTHONUNBUFFERED=1
WORKDIR /app
USER rollbook
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["python", "-c", "import httpx, sys; sys.exit(httpx.get('http://127.0.0.1:8000/readyz').status_code != 200)"]
CMD ["rollbook", "web", "--host", "0.0.0.0"]
