import asyncio
from api.app import Server
from tests.support.world import clock
async def test_quick(settings) -> None:
    for turns in range(0, 40, 5):
        async def life():
            async with Server(settings, now=clock, with_worker=True).running():
                for _ in range(turns): await asyncio.sleep(0)
        t = asyncio.create_task(life())
        done, pending = await asyncio.wait([t], timeout=4)
        print(turns, bool(pending))
        if pending:
            for x in asyncio.all_tasks():
                if x is not asyncio.current_task(): print(x, x.cancelling()); c=x.get_coro()
                while x is not asyncio.current_task() and c is not None:
                    print("     ", getattr(c,'cr_code',c), getattr(getattr(c,'cr_frame',None),'f_lineno',None)); c=getattr(c,'cr_await',None) or getattr(c,'ag_await',None)
            break
