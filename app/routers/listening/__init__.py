"""/v1/listening-campaigns: what people say, how it is put together, and what institutions decide on it."""

from fastapi import APIRouter

from app.routers.listening import campaigns, heard

routers: tuple[APIRouter, ...] = (campaigns.router, heard.router)
