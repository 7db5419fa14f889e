"""The application with a fault, which Schemathesis has to find."""

from fastapi import Depends

from app.api.deps import public
from app.main import create_app

app = create_app()


@app.get("/api/planted", dependencies=[Depends(public)])
async def planted(number: int) -> int:
    """Fail for half of all numbers."""
    return 1 // (number % 2)
