"""Logs: one JSON object a line on standard error, with the id of the request or job."""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The id of the request that is being answered."""
job_id: ContextVar[str | None] = ContextVar("job_id", default=None)
"""The id of the job that is being carried out."""

_OWN = {*logging.makeLogRecord({}).__dict__, "message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """Writes a record as JSON; what was handed over as `extra` becomes keys."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        line = {
            "time": datetime.fromtimestamp(record.created, tz=UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": request_id.get(),
            "job_id": job_id.get(),
        }
        line |= {key: value for key, value in record.__dict__.items() if key not in _OWN}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def configure_logging(*names: str) -> None:
    """Have loggers, the application's by default, write JSON; done once, whoever calls it again."""
    for name in names or ("app",):
        logger = logging.getLogger(name)
        if not any(isinstance(one.formatter, JsonFormatter) for one in logger.handlers):
            handler = logging.StreamHandler()
            handler.setFormatter(JsonFormatter())
            logger.addHandler(handler)
            logger.setLevel(logging.INFO)
