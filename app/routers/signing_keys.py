"""/.well-known/jwks.json: the keys that verify access tokens."""

from starlette.responses import JSONResponse, Response

from app.models.signing_keys import PublicKeys
from app.routers.deps import KeyRingDep, Router, public

router = Router("/.well-known", "sessions")


@router.get("/jwks.json", response_model=PublicKeys, **public())
async def get_jwks(key_ring: KeyRingDep) -> Response:
    """The public keys as a JWK Set (RFC 7517), the one in use first."""
    return JSONResponse(key_ring.jwks(), headers={"Cache-Control": "public, max-age=300"})
