"""A Flask app that `ddtrace-run` traces, without tracing code of its own.

Reads `MYSQL_HOST` (default 127.0.0.1), `MYSQL_PORT` (default 3306), and `MYSQL_PASSWORD` from the environment.
"""

import logging
import os
import sys

import pymysql
from flask import Flask, Response, request

# The longest wait for MySQL, so that a request is answered in time whatever the database does.
TIMEOUT_SECONDS = 2

# The fields that ddtrace adds to each record. They are empty without it.
CORRELATION = ('service', 'env', 'version', 'trace_id', 'span_id')
handler = logging.StreamHandler(sys.stdout)
handler.setFormatter(
    logging.Formatter(
        f'%(asctime)s %(levelname)s [{" ".join(f"dd.{field}=%(dd.{field})s" for field in CORRELATION)}] %(message)s',
        defaults={f'dd.{field}': '' for field in CORRELATION},
    )
)
app = Flask(__name__)
app.logger.handlers = [handler]
app.logger.setLevel(logging.INFO)


@app.get('/')
def api_entry() -> str:
    return 'Entrypoint to the Application'


@app.get('/api/apm')
def apm_endpoint() -> str:
    connection = pymysql.connect(
        host=os.environ.get('MYSQL_HOST', '127.0.0.1'),
        port=int(os.environ.get('MYSQL_PORT', '3306')),
        user='flask',
        database='flask',
        password=os.environ.get('MYSQL_PASSWORD', ''),
        connect_timeout=TIMEOUT_SECONDS,
        read_timeout=TIMEOUT_SECONDS,
        write_timeout=TIMEOUT_SECONDS,
    )
    with connection, connection.cursor() as cursor:
        cursor.execute('SELECT VERSION()')
    return 'Getting APM Started'


@app.get('/api/trace')
def trace_endpoint() -> str:
    return 'Posting Traces'


@app.errorhandler(pymysql.MySQLError)
def mysql_failed(error: pymysql.MySQLError) -> tuple[str, int]:
    app.logger.error('MySQL: %s', error)
    return 'MySQL does not answer', 503


@app.after_request
def log(response: Response) -> Response:
    app.logger.info('%s %s %s', request.method, request.path, response.status_code)
    return response
