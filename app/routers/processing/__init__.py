"""/v1/processing-activities and what belongs to it: the record of processing, for everybody to read."""

from fastapi import APIRouter

from app.routers.processing import activities, article_15, controller, processors

routers: tuple[APIRouter, ...] = (article_15.router, activities.router, processors.router, controller.router)
