"""The door of a server: it opens at once, and requests that come before the account is ready wait.

Loading what evaluates and draws takes most of a second. Health and the validity of a key are answered before that.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from . import presence

PATHS = {'/api/v1/validate', '/api/v2/validate', '/_health'}


class Door:
    """An application that becomes the one that `load` returns: it is called in a thread, once, when the server starts.

    `early` answers until then. Where `load` raises, `error` is what it raised, and `failed` is called.
    """

    def __init__(self, early: Callable[..., Starlette], load: Callable[[], Starlette]) -> None:
        self.error: BaseException | None = None
        self.failed: Callable[[], None] = lambda: None
        self._load = load
        self._early = early(presence.routes, self._lifespan)
        self._ready = asyncio.Event()
        self._app: Starlette | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if app is None and scope['type'] == 'http' and scope['path'] not in PATHS:
            await self._ready.wait()
            app = self._app
        await (app if app and scope['type'] != 'lifespan' else self._early)(scope, receive, send)

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            opening = asyncio.create_task(self._open(stack))
            yield
            await opening

    async def _open(self, stack: AsyncExitStack) -> None:
        try:
            app = await asyncio.to_thread(self._load)
            await stack.enter_async_context(app.router.lifespan_context(app))
            self._app = app
        except Exception as error:
            self.error = error
            self.failed()
        self._ready.set()
