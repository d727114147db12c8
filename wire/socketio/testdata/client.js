// Drives a server with the JavaScript client: node client.js MODULE URL TRANSPORTS...
// It prints one line for each thing that it sees, and the test compares them.
const { io } = require(process.argv[2])
const url = process.argv[3]
const transports = process.argv.slice(4)
const say = (...what) => console.log(...what)
const once = (emitter, event) => new Promise(resolve => emitter.once(event, (...args) => resolve(args)))

const ask = (socket, ...args) => new Promise(resolve => socket.emit(...args, resolve))

// allNews resolves when n events "news" have come, and says whether they came in order.
const allNews = (socket, n) => new Promise(resolve => {
  const got = []
  socket.on("news", i => { if (got.push(i) === n) resolve(got.every((v, k) => v === got[0] + k)) })
})

async function main() {
  let firstTick, nextTick // of the events that come while the transport changes
  const socket = io(url, { transports, auth: { token: "123" }, reconnectionDelay: 50, reconnectionDelayMax: 50 })
  socket.on("tick", i => { firstTick ??= nextTick = i; if (i !== nextTick++) say("tick", i, "instead of", nextTick - 1) })
  const refused = io(url, { transports, auth: { token: "bad" }, forceNew: true, reconnection: false })
  const unknown = io(url + "/random", { transports, forceNew: true, reconnection: false })
  const [[auth]] = await Promise.all([
    once(socket, "auth"),
    once(refused, "connect_error").then(([e]) => say("refused:", e.message, JSON.stringify(e.data))),
    once(unknown, "connect_error").then(([e]) => say("unknown:", e.message)),
  ])
  refused.io._close?.(); unknown.io._close?.()
  refused.close(); unknown.close()
  say("auth:", JSON.stringify(auth))
  if (transports.length > 1 && socket.io.engine.transport.name === "polling") await once(socket.io.engine, "upgrade")
  say("transport:", socket.io.engine.transport.name)
  while (nextTick !== 201) await new Promise(resolve => setTimeout(resolve, 10))
  say("ticks:", firstTick < 100)
  socket.off("tick")

  socket.emit("message", 1, "2", { 3: [true] })
  say("message-back:", JSON.stringify(await once(socket, "message-back")))
  socket.emit("message", Buffer.from([1, 2, 3]), { deep: Buffer.from([4]) })
  const [first, second] = await once(socket, "message-back")
  say("binary:", Buffer.from(first).toString("hex"), Buffer.from(second.deep).toString("hex"))
  say("ack:", JSON.stringify(await ask(socket, "message-with-ack", { a: "안녕" })))
  say("binary ack:", Buffer.from(await ask(socket, "message-with-ack", Buffer.from([9, 8]))).toString("hex"))
  socket.once("question", (n, answer) => answer("answer " + n))
  socket.emit("ask")

  const custom = socket.io.socket("/custom", { auth: { token: "abc" } })
  const [sent] = await once(custom, "auth")
  say("custom:", JSON.stringify(sent), JSON.stringify(await ask(custom, "message-with-ack", 5)))
  custom.disconnect()

  const live = allNews(socket, 100)
  for (let i = 1; i <= 100; i++) socket.emit("tell all", i)
  say("news in order:", await live)

  // A lost connection: what happens meanwhile comes later, once and in order.
  const id = socket.id
  socket.off("news", null)
  let count = 0
  socket.on("news", () => count++)
  const lost = allNews(socket, 30)
  const back = new Promise(resolve => socket.once("connect", resolve))
  const gone = once(socket, "disconnect") // before close: with a WebSocket it comes at once
  socket.io.engine.close()
  await gone
  say("lost")
  await back
  say("recovered:", socket.recovered, socket.id === id)
  if (socket.recovered) say("missed in order:", await lost)
  await new Promise(resolve => setTimeout(resolve, 200))
  say("missed:", count)
  socket.emit("leave")
  say("disconnect:", ...(await once(socket, "disconnect")).slice(0, 1))
  process.exit(0)
}

setTimeout(() => { say("too slow"); process.exit(1) }, 20000)
main().catch(e => { say("failed:", e.stack); process.exit(1) })
