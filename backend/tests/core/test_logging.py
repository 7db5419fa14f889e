import json
import logging

from app.core.logging import JsonFormatter, configure_logging, request_id


def test_a_line_is_one_json_object_with_the_request() -> None:
    token = request_id.set("abc")
    error = ValueError("two\nlines")
    about = (ValueError, error, None)
    record = logging.LogRecord("app.x", logging.ERROR, "x.py", 1, "%s é", ("what",), about)
    record.status = 500
    line = JsonFormatter().format(record)
    request_id.reset(token)

    assert "\n" not in line
    found = json.loads(line)
    assert (found["level"], found["logger"], found["message"]) == ("ERROR", "app.x", "what é")
    assert (found["request_id"], found["status"]) == ("abc", 500)
    assert found["error"].endswith("ValueError: two\nlines")
    assert found["time"].endswith("+00:00")


def test_configured_twice_is_written_once() -> None:
    for _ in range(2):
        configure_logging()

    handlers = logging.getLogger("app").handlers
    assert sum(isinstance(one.formatter, JsonFormatter) for one in handlers) == 1
