import gc
import weakref

import pytest

from app.scheduling.solver.parts import empty_model


def test_a_model_is_gone_as_soon_as_nobody_needs_it(request: pytest.FixtureRequest) -> None:
    gc.disable()
    request.addfinalizer(gc.enable)
    model = empty_model()
    model.add(model.new_bool_var("") == 1)
    seen = weakref.ref(model)
    del model
    assert seen() is None
