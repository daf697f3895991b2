"""/v1/demo/clock: only in the demo and the tests; elsewhere the route does not exist."""

from fastapi import Request

from app.models.demo_clock import ClockRead, ClockSet
from app.routers.deps import Router, SessionDep, public
from app.services import demo_clock

router = Router("/v1/demo/clock", "demo")


@router.get("", response_model=ClockRead, **public())
async def get_demo_clock() -> ClockRead:
    """What the demo takes for the present."""
    return await demo_clock.read_clock()


@router.put("", response_model=ClockRead, **public())
async def set_demo_clock(request: Request, session: SessionDep, data: ClockSet) -> ClockRead:
    """Set the demo's clock, so that next year's lapses can be shown today; it runs on from there."""
    moved = await demo_clock.set_clock(session, data)
    request.app.state.rights.forget()
    return moved


@router.delete("", response_model=ClockRead, **public())
async def reset_demo_clock(request: Request, session: SessionDep) -> ClockRead:
    """Back to the real time."""
    moved = await demo_clock.reset_clock(session)
    request.app.state.rights.forget()
    return moved
