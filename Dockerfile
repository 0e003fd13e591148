# One image for every role: docker-compose.yml says which command makes it web, worker, beat or migration.
FROM python:3.11-slim AS packages
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH
COPY requirements.txt .
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DJANGO_SETTINGS_MODULE=config.settings
# An account without rights, and the one folder that it may write to.
RUN useradd --system --uid 10001 --no-create-home vigil && install -d -o vigil -g vigil -m 700 /exports
COPY --from=packages /venv /venv
WORKDIR /vigil
COPY . .
# Compiled once here: the account that serves may not write, and would compile at every start.
RUN python -m compileall -q .
# Collecting needs no secret of the installation; the key below signs nothing.
RUN VIGIL_SECRET_KEY=only-for-the-build python manage.py collectstatic --noinput
USER vigil
EXPOSE 8000
