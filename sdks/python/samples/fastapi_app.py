"""A service whose export is behind a flag."""

# sluice-disable-file code/no-literal -- a sample that is copied stands alone, without generated code

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request

from sluice import create_client
from sluice.flag_reader import FlagReader

# readme: begin
flags = create_client(
    url=os.environ.get("SLUICE_URL", "http://127.0.0.1:7420"),
    key=os.environ.get("SLUICE_SDK_KEY", ""),
    service="billing",
    version="4.2.0",
)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    flags.ready()  # at most one second, never raises
    yield
    flags.close()


app = FastAPI(lifespan=lifespan)


def current_flags() -> FlagReader:
    return flags


@app.get("/invoices.csv")
def export(request: Request, flags: Annotated[FlagReader, Depends(current_flags)]) -> str:
    context = {"targetingKey": request.headers.get("x-user"), "customer": request.headers.get("x-customer")}
    if not flags.get_boolean("billing.invoice-export", False, context):
        raise HTTPException(404)
    return "number,total\n"


# readme: end
