from starlette.testclient import TestClient

from app.main import create_app


def test_live_answers_without_anything_else() -> None:
    client = TestClient(create_app())

    response = client.get("/api/health/live")

    assert response.status_code == 200
    assert response.json() == {"status": "live"}


def test_unknown_route_is_absent() -> None:
    assert TestClient(create_app()).get("/api/health/nothing").status_code == 404
