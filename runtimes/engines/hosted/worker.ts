import { createHandler, runTask } from '../../suite/index.ts'

/** Runs in workerd: tasks at one path, a server with `protect` at all others. */
let handler: ((request: Request) => Promise<Response>) | undefined

export const worker = {
  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url)
    if (pathname === '/.task') {
      return Response.json({ result: await runTask(await request.json()) })
    }
    if (pathname === '/.serve') {
      const { keys, origin } = (await request.json()) as { keys: Parameters<typeof createHandler>[0]; origin: string }
      handler = await createHandler(keys, origin)
      return new Response()
    }
    return handler?.(request) ?? new Response('not ready', { status: 503 })
  },
}
