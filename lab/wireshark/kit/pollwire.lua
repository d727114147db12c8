-- Pollwire's events for Wireshark and tshark, whatever carries them.
--
--   pollwire.event == "vote:cast"     WebSocket, Socket.IO over polling and over WebSocket
--   pollwire.event == "vote:result"   the same, Server-Sent Events, and the JSON of /api/events
--
-- over HTTP/1.1 and HTTP/2, in the clear and, where the keys are known, in TLS. Of Socket.IO all packets are taken
-- apart: engineio.type, socketio.type, socketio.namespace, socketio.ack, ...
--
--   Engine.IO protocol 4   https://github.com/socketio/socket.io/blob/main/docs/engine.io-protocol/v4-current.md
--   Socket.IO protocol 5   https://github.com/socketio/socket.io/blob/main/docs/socket.io-protocol/v5-current.md
--   Server-Sent Events     https://html.spec.whatwg.org/multipage/server-sent-events.html
--
-- It is a post-dissector: it looks at what Wireshark's own dissectors have found and changes none of it, so every other
-- filter finds what it finds without this file. A stream of Server-Sent Events is an answer that does not end, and
-- Wireshark shows an answer when it has ended; here each event is shown with the packet that completed it.
--
-- For Wireshark 4.0 (Lua 5.2) to 4.4 (Lua 5.4). pollwire lab kit tells where to put it.

local ok, pollwire = pcall(Proto, "pollwire", "Pollwire")
if not ok then return end -- loaded already: it lies among the plugins, and -X lua_script names it as well
local engineio = Proto("engineio", "Engine.IO")
local socketio = Proto("socketio", "Socket.IO")

set_plugin_info({
	version = "1.0",
	author = "pollwire",
	description = "Events of pollwire; Engine.IO 4 and Socket.IO 5; HTTP/2 with prior knowledge and DNS over TCP on any port; QPACK; pwrdt",
})

local engine_types = { [0] = "open", "close", "ping", "pong", "message", "upgrade", "noop" }
local packet_types = { [0] = "CONNECT", "DISCONNECT", "EVENT", "ACK", "CONNECT_ERROR", "BINARY_EVENT", "BINARY_ACK" }

local f = {
	event = ProtoField.string("pollwire.event", "Event", "The name of an event"),
	seq = ProtoField.uint64("pollwire.seq", "Seq", base.DEC, nil, nil, "The number of an event that goes to everybody"),
	id = ProtoField.string("pollwire.id", "Id", "What a client of /ws sent with its event, and its answer carries too"),
	transport = ProtoField.string("pollwire.transport", "Transport", "websocket, socketio, sse or json"),
	engine_type = ProtoField.uint8("engineio.type", "Packet type", base.DEC, engine_types),
	engine_data = ProtoField.string("engineio.data", "Data"),
	engine_binary = ProtoField.string("engineio.binary", "Binary data, in base64"),
	packet_type = ProtoField.uint8("socketio.type", "Packet type", base.DEC, packet_types),
	attachments = ProtoField.uint32("socketio.attachments", "Binary attachments"),
	namespace = ProtoField.string("socketio.namespace", "Namespace"),
	ack = ProtoField.uint64("socketio.ack", "Acknowledgement id", base.DEC),
	data = ProtoField.string("socketio.data", "Payload"),
}
pollwire.fields = { f.event, f.seq, f.id, f.transport }
engineio.fields = { f.engine_type, f.engine_data, f.engine_binary }
socketio.fields = { f.packet_type, f.attachments, f.namespace, f.ack, f.data }

-- What Wireshark's own dissectors found. Some fields have other names in other versions.
local function known(name)
	local there, field = pcall(Field.new, name)
	return there and field or function() end
end
local tcp_stream, tcp_seq, tcp_len, tcp_payload = known("tcp.stream"), known("tcp.seq"), known("tcp.len"), known("tcp.payload")
local tls_segment = known("tls.segment.data")
local ws_text = known("websocket.payload.text")
local http_uri, http_response_uri = known("http.request.uri"), known("http.response_for.uri")
local http_type, http_body = known("http.content_type"), known("http.file_data")
local h2_type, h2_length, h2_id = known("http2.type"), known("http2.length"), known("http2.streamid")
local h2_end, h2_path, h2_size = known("http2.flags.end_stream"), known("http2.headers.path"), known("http2.headers.content_length")
local h2_data, h2_segment = known("http2.data.data"), known("http2.data.segment")

-- ---- text

-- code_point is a character in UTF-8.
local function code_point(n)
	if n < 0x80 then return string.char(n) end
	local tail, first = "", 0x40
	repeat
		tail = string.char(0x80 + n % 0x40) .. tail
		n, first = math.floor(n / 0x40), first / 2
	until n < first
	return string.char(math.floor(0x100 - 2 * first + n)) .. tail
end

-- valid makes what came over the wire fit for display: UTF-8 without control characters.
local function valid(text)
	text = text:gsub("%c", ".")
	if not text:find("[\128-\255]") then return text end
	return (text:gsub("[\128-\255]+", function(run)
		local out, i = {}, 1
		while i <= #run do
			local b, n = run:byte(i), 0
			if b >= 0xC2 and b <= 0xDF then n = 1 elseif b >= 0xE0 and b <= 0xEF then n = 2 elseif b >= 0xF0 and b <= 0xF4 then n = 3 end
			local b2 = run:byte(i + 1) or 0
			if n == 0 or not run:find("^" .. string.rep("[\128-\191]", n), i + 1)
				or b == 0xE0 and b2 < 0xA0 or b == 0xED and b2 > 0x9F or b == 0xF0 and b2 < 0x90 or b == 0xF4 and b2 > 0x8F then
				out[#out + 1], n = ".", 0
			else
				out[#out + 1] = run:sub(i, i + n)
			end
			i = i + n + 1
		end
		return table.concat(out)
	end))
end

-- number reads a whole number that JavaScript can count to.
local function number(digits)
	if not digits or not digits:find("^%d+$") or #digits > 16 then return nil end
	local n = tonumber(digits)
	return n <= 9007199254740991 and n or nil
end

local function uint64(n)
	return UInt64.new(n % 4294967296, math.floor(n / 4294967296))
end

-- ---- JSON (RFC 8259), as far as names are to be found in it. Each function gets the position of a value and returns
-- the position behind it, or nil. A server has checked what it sent and what it took; here nothing must break.

local function skip_space(s, i)
	return s:find("[^ \t\r\n]", i) or #s + 1
end

local function skip_string(s, i)
	while true do
		i = s:find('["\\]', i + 1)
		if not i then return nil end
		if s:sub(i, i) == '"' then return i + 1 end
		i = i + 1
	end
end

local function skip_value(s, i)
	local first = s:sub(i, i)
	if first == '"' then return skip_string(s, i) end
	if first ~= "{" and first ~= "[" then
		local _, last = s:find("^[%w.+-]+", i)
		return last and last + 1
	end
	local depth = 0
	repeat
		i = s:find('["%[%]{}]', i)
		if not i then return nil end
		local c = s:sub(i, i)
		if c == '"' then
			i = skip_string(s, i)
			if not i then return nil end
		else
			depth = depth + ((c == "{" or c == "[") and 1 or -1)
			i = i + 1
		end
	until depth == 0
	return i
end

local escapes = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t" }

-- text_of is what a string says, or a value that is none as it is written.
local function text_of(value)
	local inner = value:match('^"(.*)"$')
	if not inner then return value end
	local out, from = {}, 1
	while true do
		local at = inner:find("\\", from, true)
		out[#out + 1] = inner:sub(from, (at or 0) - 1)
		if not at then return table.concat(out) end
		local c, hex = inner:sub(at + 1, at + 1), inner:match("^u(%x%x%x%x)", at + 1)
		local low = hex and inner:match("^\\u([dD][c-fC-F]%x%x)", at + 6)
		local n = hex and tonumber(hex, 16)
		from = at + (hex and 6 or 2)
		if not n then
			out[#out + 1] = escapes[c] or c
		elseif n < 0xD800 or n > 0xDFFF then
			out[#out + 1] = code_point(n)
		elseif low and n <= 0xDBFF then -- two halves of a character beyond U+FFFF
			out[#out + 1], from = code_point(0x10000 + (n - 0xD800) * 0x400 + tonumber(low, 16) - 0xDC00), at + 12
		else
			out[#out + 1] = "."
		end
	end
end

-- items calls each(text, key) with the items of an array, or with the members of an object, until it returns true.
local function items(s, i, each)
	i = skip_space(s, i)
	local open = s:sub(i, i)
	local close = open == "{" and "}" or open == "[" and "]"
	if not close then return nil end
	i = skip_space(s, i + 1)
	if s:sub(i, i) == close then return i + 1 end
	while true do
		local key
		if open == "{" then
			if s:sub(i, i) ~= '"' then return nil end
			local behind = skip_string(s, i)
			if not behind then return nil end
			key, i = text_of(s:sub(i, behind - 1)), skip_space(s, behind)
			if s:sub(i, i) ~= ":" then return nil end
			i = skip_space(s, i + 1)
		end
		local behind = skip_value(s, i)
		if not behind then return nil end
		if each(s:sub(i, behind - 1), key) then return behind end
		i = skip_space(s, behind)
		local c = s:sub(i, i)
		if c == close then return i + 1 end
		if c ~= "," then return nil end
		i = skip_space(s, i + 1)
	end
end

-- ---- what is found: a list of events, { event=, seq=, id=, transport= }

-- message reads what /ws sends and takes: {"event":"vote:cast","data":{...},"id":7}.
local function message(text, transport)
	if not text:find("^%s*{") then return nil end
	local m = {}
	local whole = items(text, 1, function(value, key)
		if key == "event" or key == "seq" or key == "id" then m[key] = value end
	end)
	if not whole or not m.event or m.event:sub(1, 1) ~= '"' then return nil end
	return { event = text_of(m.event), seq = number(m.seq), id = m.id and text_of(m.id), transport = transport }
end

-- list reads what /api/events answers: {"events":[{"seq","event","data"}...],"seq"}. It returns nil where the text is
-- something else, or not whole.
local function is_list(text)
	return text:find('^{"events":%[') or text:find('^{"resync":true,"events":%[')
end

local function list(text)
	if not is_list(text) then return nil end
	local found = {}
	local whole = items(text, 1, function(value, key)
		if key == "resync" then
			found[#found + 1] = { event = "resync", transport = "json" }
		elseif key == "events" then
			items(value, 1, function(item) found[#found + 1] = message(item, "json") end)
		end
	end)
	return whole and found
end

-- packet reads a packet of Socket.IO:
-- <type>[<attachments>-][<namespace>,][<acknowledgement id>][JSON]
local function packet(text)
	local p = { type = tonumber(text:match("^[0-6]")), namespace = "/" }
	if not p.type then return nil end
	local rest = text:sub(2)
	if p.type >= 5 then
		local count, behind = rest:match("^(%d%d?)%-(.*)$")
		if not count then return nil end
		p.attachments, rest = tonumber(count), behind
	end
	if rest:sub(1, 1) == "/" then
		local name, behind = rest:match("^([^,]*),(.*)$")
		p.namespace, rest = name or rest, behind or ""
	end
	local digits = rest:match("^%d+")
	if digits then
		p.ack, rest = number(digits), rest:sub(#digits + 1)
		if not p.ack then return nil end
	end
	local first = rest:sub(1, 1)
	if first ~= "" then
		if first ~= "[" and first ~= "{" and first ~= '"' or skip_space(rest, skip_value(rest, 1) or 1) <= #rest then return nil end
		p.data = rest
	end
	local is_event, is_ack = p.type == 2 or p.type == 5, p.type == 3 or p.type == 6
	if (is_event or is_ack) and first ~= "[" or is_ack and not p.ack then return nil end
	if is_event then
		local args, last = 0, nil
		items(rest, 1, function(value)
			args, last = args + 1, value
			if args == 1 then p.event = text_of(value) end
		end)
		-- What goes to everybody has its seq as the last argument, in a string.
		p.seq = args >= 3 and number(last:match('^"(%d+)"$')) or nil
	end
	return p
end

-- engine reads a packet of Engine.IO: a digit, and for a message the packet of Socket.IO in it.
local function engine(text)
	local e = { text = text, type = tonumber(text:match("^[0-6]")) }
	if text:sub(1, 1) == "b" and text:find("^b[%w+/]*=*$") then
		e.binary = text:sub(2)
		return e
	end
	if not e.type then return nil end
	local rest = text:sub(2)
	if e.type == 4 then
		e.packet = packet(rest)
		return e.packet and e
	end
	if e.type == 0 and not rest:find('^{"sid"') or e.type == 1 and rest ~= "" or e.type > 4 and rest ~= ""
		or (e.type == 2 or e.type == 3) and rest ~= "" and rest ~= "probe" then
		return nil
	end
	if rest ~= "" then e.data = rest end
	return e
end

-- payload reads the body of a polling request or answer: packets with ASCII's record separator between them. It is one
-- or it is none: nil where any part is something else.
local function payload(text)
	local packets, offset = {}, 0
	for part in (text .. "\30"):gmatch("([^\30]*)\30") do
		local e = engine(part)
		if not e then return nil end
		e.offset, offset = offset, offset + #part + 1
		packets[#packets + 1] = e
	end
	return packets
end

-- ---- streams, of which the events come a piece at a time

-- hear reads a piece of a stream of Server-Sent Events. An event is complete at the empty line behind it.
local function hear(s, text, found)
	s.rest = (s.rest or "") .. text
	if #s.rest > 2000000 then s.rest = "" end
	local from = 1
	while true do
		local _, last, line = s.rest:find("^([^\n]*)\n", from)
		if not last then break end
		from, line = last + 1, line:gsub("\r$", "")
		if line == "" then
			if s.event then found[#found + 1] = { event = s.event, seq = s.seq, transport = "sse" } end
			s.event, s.seq = nil, nil
		else
			local name, value = line:match("^(%l+): ?(.*)$")
			if name == "event" then s.event = value elseif name == "id" then s.seq = number(value) end
		end
	end
	s.rest = s.rest:sub(from)
end

-- answer reads a piece of what a server sends over HTTP/1.1: it waits for the head of an answer that is a stream of
-- events, and then takes away what marks the chunks (RFC 9112 §7.1).
local function answer(s, text, found)
	if not s.body then
		local head, rest = text:match("^(HTTP/1%.%d %d%d%d.-\r\n)\r\n(.*)$")
		if head then
			head = head:lower()
			if not head:find("\ncontent%-type:[ \t]*text/event%-stream") then return end
			s.chunked, text = head:find("\ntransfer%-encoding:[ \t]*chunked") ~= nil, rest
		elseif text:find("^%x+\r\ni?d?:? ?%d*\n?event: ") then
			s.chunked = true -- the capture began later than the answer
		else
			return
		end
		s.body, s.left, s.size, s.sse = true, 0, "", {}
	end
	if not s.chunked then return hear(s.sse, text, found) end
	while text ~= "" do
		if s.left > 0 then
			local part = text:sub(1, s.left)
			hear(s.sse, part, found)
			s.left, text = s.left - #part, text:sub(#part + 1)
		else
			local line, rest = text:match("^([^\n]*\n)(.*)$")
			s.size, text = s.size .. (line or text), rest or ""
			if line then
				local size = s.size:match("^%s*(%x+)")
				if size and (#size > 7 or tonumber(size, 16) == 0) then s.body = nil return end -- the end
				if size then s.left = tonumber(size, 16) elseif s.size:find("%S") then s.body = nil return end
				s.size = ""
			elseif #s.size > 100 then
				s.body = nil
				return
			end
		end
	end
end

local streams, uris, done -- by stream and sender; by stream; by frame

function pollwire.init()
	streams, uris, done = {}, {}, {}
end

local function stream(key)
	streams[key] = streams[key] or {}
	return streams[key]
end

-- in_order says whether a segment is what its sender's stream goes on with. What was sent twice is not heard twice, and
-- behind a gap the state is worth nothing.
local function in_order(s, seq, length)
	if s.next and seq ~= s.next then
		if (seq - s.next) % 4294967296 >= 2147483648 then return false end
		s.body = nil
	end
	s.next = (seq + length) % 4294967296
	return true
end

-- http1 finds the events in an answer that is not at its end: Wireshark has no more of it than segments.
local function http1(key, found)
	local length = tcp_len()
	if not length or length.value == 0 then return end
	local s = stream(key)
	if not in_order(s, tcp_seq().value, length.value) then return end
	local before = #found
	local pieces = { tls_segment() }
	if #pieces == 0 then pieces = { tcp_payload() } end
	for _, piece in ipairs(pieces) do
		-- Most streams are something else, and long.
		if s.body or piece.range:len() > 16 and piece.range(0, 16):raw():find("^[%xH][%xT]*[%c/]") then
			answer(s, piece.range:raw(), found)
		end
	end
	s.told = (s.told or 0) + #found - before
	if s.told == 0 and http_body() then -- it came as a whole
		for i, body in ipairs({ http_body() }) do
			local kind = select(i, http_type())
			if kind and tostring(kind.value):find("^text/event%-stream") then hear({}, body.range:raw(), found) end
		end
	end
end

-- http2 finds them in DATA frames, which carry what belongs to many streams. Fields of the same name are in the order of
-- the frames.
local function http2(key, port, found, packets)
	local ids, lengths, ends, paths, sizes = { h2_id() }, { h2_length() }, { h2_end() }, { h2_path() }, { h2_size() }
	local pieces = { h2_data() }
	for _, piece in ipairs({ h2_segment() }) do pieces[#pieces + 1] = piece end
	local heads, marks, at = 0, 0, 1
	for i, kind in ipairs({ h2_type() }) do
		local length = lengths[i] and lengths[i].value or 0
		if ids[i] and kind.value <= 1 then -- DATA or HEADERS: the two that can end a stream
			local way = key .. "/" .. ids[i].value
			local s = stream(way .. port)
			marks = marks + 1
			local over = ends[marks] and ends[marks].value
			if kind.value == 1 then
				heads = heads + 1
				if paths[heads] then uris[way] = paths[heads].value end
				if #sizes == 1 then s.size = tonumber(tostring(sizes[1].value)) end
			elseif length > 0 then
				-- A whole body, put together by Wireshark, is among the pieces too.
				while pieces[at] and (pieces[at].range:len() > length or pieces[at].range:len() < length - 256) do at = at + 1 end
				local range = pieces[at] and pieces[at].range
				at = at + 1
				if range and not s.kind then
					local text = range(0, math.min(range:len(), 32)):raw()
					s.kind = text:find("^[ide][dav][a-z]*: ") and "sse" or text:find("^: ") and "sse" or is_list(text) and "list"
						or (uris[way] or ""):find("/socket.io/", 1, true) and "packets" or "other"
				end
				if range and s.kind == "sse" then
					hear(s, range:raw(), found)
				elseif range and s.kind ~= "other" then
					s.text = ((s.text or "") .. range:raw()):sub(1, 2000000)
				end
			end
			if s.text and (over or s.size and #s.text >= s.size) then
				for _, item in ipairs(list(s.text) or {}) do found[#found + 1] = item end
				for _, e in ipairs(s.kind == "packets" and payload(s.text) or {}) do
					e.offset = nil
					packets[#packets + 1] = e
				end
				s.text, s.size = nil, nil
			end
		end
	end
end

-- ---- what is shown

local function show_event(tree, range, item, names)
	local t = tree:add(pollwire, range, "Event: " .. valid(item.event) .. (item.seq and ", seq " .. string.format("%.0f", item.seq) or ""))
	t:add(f.event, range, valid(item.event))
	if item.seq then t:add(f.seq, range, uint64(item.seq)) end
	if item.id then t:add(f.id, range, valid(item.id)) end
	t:add(f.transport, range, item.transport)
	names[#names + 1] = valid(item.event):sub(1, 60) .. (item.seq and " #" .. string.format("%.0f", item.seq) or "")
end

local function show_packet(tree, range, e, names)
	local p = e.packet
	local t = tree:add(engineio, range, "Engine.IO: " .. (e.binary and "binary" or engine_types[e.type]))
	if e.binary then
		t:add(f.engine_binary, range, e.binary)
		return
	end
	t:add(f.engine_type, range, e.type)
	if e.data then t:add(f.engine_data, range, valid(e.data)) end
	if not p then
		names[#names + 1] = engine_types[e.type]
		return
	end
	t = tree:add(socketio, range, "Socket.IO: " .. packet_types[p.type])
	t:add(f.packet_type, range, p.type)
	if p.attachments then t:add(f.attachments, range, p.attachments) end
	t:add(f.namespace, range, valid(p.namespace))
	if p.ack then t:add(f.ack, range, uint64(p.ack)) end
	if p.data then t:add(f.data, range, valid(p.data)) end
	if p.event then
		show_event(tree, range, { event = p.event, seq = p.seq, transport = "socketio" }, names)
	else
		names[#names + 1] = packet_types[p.type] .. (p.ack and " " .. string.format("%.0f", p.ack) or "")
	end
end

local function show_packets(tree, range, packets, names)
	for _, e in ipairs(packets) do
		local part = range
		if e.offset and e.offset + #e.text <= range:len() and #e.text > 0 then part = range(e.offset, #e.text) end
		show_packet(tree, part, e, names)
	end
end

-- ---- all of it

-- uri_of is what the request in this frame asked for, or that which is answered in it, if Wireshark knows it.
local function uri_of()
	local uri = http_uri() or http_response_uri()
	return uri and uri.value
end

local function websocket(tree, key, names)
	local uri = uris[key]
	for _, text in ipairs({ ws_text() }) do
		local raw = text.range:raw()
		local e = (not uri or uri:find("/socket.io/", 1, true)) and engine(raw)
		local item = not e and message(raw, "websocket")
		if e then
			show_packets(tree, text.range, { e }, names)
		elseif item then
			show_event(tree, text.range, item, names)
		end
	end
end

-- streamed finds what comes a piece at a time. That works in the order of the frames alone, so what was found is kept.
local function streamed(pinfo, key)
	local kept = done[pinfo.number]
	if kept == nil then
		local found, packets, port = {}, {}, " " .. pinfo.src_port
		if h2_type() then http2(key, port, found, packets) else http1(key .. port, found) end
		kept = #found + #packets > 0 and { found = found, packets = packets }
		done[pinfo.number] = kept
	end
	return kept
end

function pollwire.dissector(tvb, pinfo, tree)
	local number_of = tcp_stream()
	if not number_of then return end
	local key, names, all = tostring(number_of.value), {}, tvb(0, tvb:len())
	local uri = uri_of()
	if uri then uris[key] = uri end
	local kept = streamed(pinfo, key)
	if kept then
		for _, item in ipairs(kept.found) do show_event(tree, all, item, names) end
		show_packets(tree, all, kept.packets, names)
	end
	for _, body in ipairs({ http_body() }) do
		local range = body.range
		if is_list(range(0, math.min(range:len(), 32)):raw()) then
			for _, item in ipairs(list(range:raw()) or {}) do show_event(tree, range, item, names) end
		elseif uri and uri:find("/socket.io/", 1, true) then
			show_packets(tree, range, payload(range:raw()) or {}, names)
		end
	end
	websocket(tree, key, names)
	if #names > 0 then
		local more = #names > 4 and " +" .. #names - 4 or ""
		pinfo.cols.info:append("  [" .. table.concat(names, ", ", 1, math.min(#names, 4)) .. more .. "]")
	end
end

register_postdissector(pollwire)

-- ---- QPACK without a dynamic table (RFC 9204): the field sections in HEADERS of HTTP/3

-- Wireshark takes HTTP/3 apart down to its frames. What is in HEADERS it shows only from 4.2 on, and where it was built
-- with nghttp3. The static table and literals need no memory of what came before, so they can be read here. What refers
-- to the dynamic table is said to do so: a browser may use one as soon as a server allows it. Wireshark 4.0 puts no
-- frame of HTTP/3 together that comes in more than one packet; of such a one there is nothing to read here.
local pwqpack = Proto("pwqpack", "QPACK without a dynamic table")
local qpack_forms = { "indexed", "name reference", "literal name" }
local q = {
	line = ProtoField.string("pwqpack.line", "Field line"),
	form = ProtoField.uint8("pwqpack.form", "Form", base.DEC, qpack_forms, nil, "RFC 9204 4.5.2, 4.5.4, 4.5.6"),
	index = ProtoField.uint32("pwqpack.index", "Index", base.DEC, nil, nil, "In the static table, from 0"),
	name = ProtoField.string("pwqpack.name", "Name"),
	value = ProtoField.string("pwqpack.value", "Value"),
	huffman = ProtoField.bool("pwqpack.huffman", "The value is in Huffman's code"),
	never = ProtoField.bool("pwqpack.never", "Never to be put into a table"),
	length = ProtoField.uint32("pwqpack.length", "Length", base.DEC, nil, nil, "Bytes of the line as it travels"),
	method = ProtoField.string("pwqpack.method", ":method"),
	scheme = ProtoField.string("pwqpack.scheme", ":scheme"),
	authority = ProtoField.string("pwqpack.authority", ":authority"),
	path = ProtoField.string("pwqpack.path", ":path"),
	status = ProtoField.uint16("pwqpack.status", ":status"),
}
pwqpack.fields = { q.line, q.form, q.index, q.name, q.value, q.huffman, q.never, q.length, q.method, q.scheme,
	q.authority, q.path, q.status }
local dynamic = ProtoExpert.new("pwqpack.dynamic", "From here on it needs the dynamic table", expert.group.UNDECODED,
	expert.severity.NOTE)
local no_section = ProtoExpert.new("pwqpack.bad", "This is no field section", expert.group.MALFORMED, expert.severity.ERROR)
pwqpack.experts = { dynamic, no_section }
local h3_type, h3_length, h3_payload = known("http3.frame_type"), known("http3.frame_length"), known("http3.frame_payload")

-- The static table (RFC 9204 Appendix A), a line an entry: name, space, value. It begins with 0.
local static_table, entries = {}, 0
for line in ([[
:authority
:path /
age 0
content-disposition
content-length 0
cookie
date
etag
if-modified-since
if-none-match
last-modified
link
location
referer
set-cookie
:method CONNECT
:method DELETE
:method GET
:method HEAD
:method OPTIONS
:method POST
:method PUT
:scheme http
:scheme https
:status 103
:status 200
:status 304
:status 404
:status 503
accept */*
accept application/dns-message
accept-encoding gzip, deflate, br
accept-ranges bytes
access-control-allow-headers cache-control
access-control-allow-headers content-type
access-control-allow-origin *
cache-control max-age=0
cache-control max-age=2592000
cache-control max-age=604800
cache-control no-cache
cache-control no-store
cache-control public, max-age=31536000
content-encoding br
content-encoding gzip
content-type application/dns-message
content-type application/javascript
content-type application/json
content-type application/x-www-form-urlencoded
content-type image/gif
content-type image/jpeg
content-type image/png
content-type text/css
content-type text/html; charset=utf-8
content-type text/plain
content-type text/plain;charset=utf-8
range bytes=0-
strict-transport-security max-age=31536000
strict-transport-security max-age=31536000; includesubdomains
strict-transport-security max-age=31536000; includesubdomains; preload
vary accept-encoding
vary origin
x-content-type-options nosniff
x-xss-protection 1; mode=block
:status 100
:status 204
:status 206
:status 302
:status 400
:status 403
:status 421
:status 425
:status 500
accept-language
access-control-allow-credentials FALSE
access-control-allow-credentials TRUE
access-control-allow-headers *
access-control-allow-methods get
access-control-allow-methods get, post, options
access-control-allow-methods options
access-control-expose-headers content-length
access-control-request-headers content-type
access-control-request-method get
access-control-request-method post
alt-svc clear
authorization
content-security-policy script-src 'none'; object-src 'none'; base-uri 'none'
early-data 1
expect-ct
forwarded
if-range
origin
purpose prefetch
server
timing-allow-origin *
upgrade-insecure-requests 1
user-agent
x-forwarded-for
x-frame-options deny
x-frame-options sameorigin
]]):gmatch("([^\n]*)\n") do
	local name, value = line:match("^(%S+) ?(.*)$")
	static_table[entries], entries = { name = name, value = value }, entries + 1
end

-- Huffman's code (RFC 7541 Appendix B): which characters have codes of so many bits. Codes count up: those of one
-- length in the order of the characters, and the first of the next length behind the last of this one.
local huffman = {}
do
	local by_length = {
		[5] = "012aceiost",
		[6] = " %-./3456789=A_bdfghlmnpru",
		[7] = ":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz",
		[8] = "&*,;XZ",
		[10] = "!\"()?",
		[11] = "'+|",
		[12] = "#>",
		[13] = "\000$@[]~",
		[14] = "^}",
		[15] = "<`{",
		[19] = "\\\195\208",
		[20] = "\128\130\131\162\184\194\224\226",
		[21] = "\153\161\167\172\176\177\179\209\216\217\227\229\230",
		[22] = "\129\132\133\134\136\146\154\156\160\163\164\169\170\173\178\181\185\186\187\189\190\196\198\228\232\233",
		[23] = "\001\135\137\138\139\140\141\143\147\149\150\151\152\155\157\158\165\166\168\174\175\180\182\183\188\191\197\231\239",
		[24] = "\009\142\144\145\148\159\171\206\215\225\236\237",
		[25] = "\199\207\234\235",
		[26] = "\192\193\200\201\202\205\210\213\218\219\238\240\242\243\255",
		[27] = "\203\204\211\212\214\221\222\223\241\244\245\246\247\248\250\251\252\253\254",
		[28] = "\002\003\004\005\006\007\008\011\012\014\015\016\017\018\019\020\021\023\024\025\026\027\028\029\030\031\127\220\249",
		[30] = "\010\013\022",
	}
	local code = 0
	for bits = 5, 30 do
		local chars = by_length[bits] or ""
		huffman[bits] = { first = code, count = #chars, chars = chars }
		code = (code + #chars) * 2
	end
end

-- unpacked reads a string in Huffman's code, nil where it is none. It is filled up with the first bits of a code of
-- ones (RFC 7541 §5.2).
local function unpacked(text)
	local out, code, bits = {}, 0, 0
	for i = 1, #text do
		local byte = text:byte(i)
		for place = 7, 0, -1 do
			code, bits = code * 2 + math.floor(byte / 2 ^ place) % 2, bits + 1
			local codes = huffman[bits]
			local at = codes and code - codes.first
			if at and at >= 0 and at < codes.count then
				out[#out + 1] = codes.chars:sub(at + 1, at + 1)
				code, bits = 0, 0
			elseif bits > 30 then
				return nil
			end
		end
	end
	return bits < 8 and code == 2 ^ bits - 1 and table.concat(out) or nil
end

-- prefixed reads an integer that begins in the n low bits of a byte (RFC 9204 §4.1.1), and returns where it ends.
local function prefixed(s, i, n)
	local byte = s:byte(i)
	if not byte then return nil end
	local full = 2 ^ n - 1
	local v, shift = byte % 2 ^ n, 0
	if v < full then return v, i + 1 end
	repeat
		i = i + 1
		byte = s:byte(i)
		if not byte or shift > 28 then return nil end
		v, shift = v + byte % 128 * 2 ^ shift, shift + 7
	until byte < 128
	return v, i + 1
end

-- a_string reads one whose length has n bits, and above them the bit that says whether it is in Huffman's code.
local function a_string(s, i, n)
	local byte = s:byte(i)
	local length, from = prefixed(s, i, n)
	if not length or from + length - 1 > #s then return nil end
	local packed = math.floor(byte / 2 ^ n) % 2 == 1
	local text = s:sub(from, from + length - 1)
	if packed then text = unpacked(text) end
	return text, from + length, packed
end

-- field_line reads one. It returns nil, and whether the dynamic table is what it lacks.
local function field_line(s, i)
	local byte = s:byte(i)
	local l, entry = {}, nil
	if byte >= 0x80 then -- 1 T index(6)
		if byte < 0xC0 then return nil, true end
		l.form, l.index, l.behind = 1, prefixed(s, i, 6)
		entry = static_table[l.index]
		if not entry then return nil end
		l.name, l.value = entry.name, entry.value
		return l
	elseif byte >= 0x40 then -- 0 1 N T index(4), value
		if math.floor(byte / 16) % 2 == 0 then return nil, true end
		l.form, l.never = 2, math.floor(byte / 32) % 2 == 1
		l.index, i = prefixed(s, i, 4)
		entry = static_table[l.index]
		if not entry then return nil end
		l.name = entry.name
	elseif byte >= 0x20 then -- 0 0 1 N H length(3) name, value
		l.form, l.never = 3, math.floor(byte / 16) % 2 == 1
		l.name, i = a_string(s, i, 3)
		if not l.name then return nil end
	else
		return nil, true -- 0 0 0: behind the Base
	end
	l.value, l.behind, l.huffman = a_string(s, i, 7)
	return l.value and l
end

-- section reads all lines. problem is what keeps it from going on.
local function section(s)
	local lines = {}
	local inserts, i = prefixed(s, 1, 8) -- Required Insert Count, Base (§4.5.1)
	if not inserts then return lines, no_section, 1 end
	local base
	base, i = prefixed(s, i, 7)
	if not base then return lines, no_section, 1 end
	while i <= #s do
		local l, lacks = field_line(s, i)
		if not l then return lines, lacks and dynamic or no_section, i end
		l.from, i = i, l.behind
		lines[#lines + 1] = l
	end
	return lines
end

local function show_line(tree, range, l)
	range = range(l.from - 1, l.behind - l.from)
	local name, value = valid(l.name), valid(l.value)
	local t = tree:add(q.line, range, name .. ": " .. value)
	t:add(q.form, range, l.form)
	if l.index then t:add(q.index, range, l.index) end
	t:add(q.name, range, name)
	t:add(q.value, range, value)
	if l.form > 1 then
		t:add(q.huffman, range, l.huffman)
		t:add(q.never, range, l.never)
	end
	t:add(q.length, range, range:len()):set_generated()
	local pseudo = q[l.name:match("^:(%l+)$") or ""]
	if pseudo and pseudo ~= q.status then
		t:add(pseudo, range, value)
	elseif pseudo and value:find("^%d%d%d$") then
		t:add(pseudo, range, tonumber(value))
	end
end

local function show_section(tree, range, names)
	local lines, problem, at = section(range:raw())
	local t = tree:add(pwqpack, range, "QPACK: " .. #lines .. " field lines")
	local told = {}
	for _, l in ipairs(lines) do
		show_line(t, range, l)
		if l.name == ":method" or l.name == ":path" or l.name == ":status" then told[#told + 1] = valid(l.value):sub(1, 60) end
	end
	if problem then t:add_tvb_expert_info(problem, range(at - 1)) end
	names[#names + 1] = #told > 0 and table.concat(told, " ") or nil
end

-- A frame without a payload has no field for it; otherwise these fields are in the order of the frames.
function pwqpack.dissector(tvb, pinfo, tree)
	local kinds = { h3_type() }
	if #kinds == 0 then return end
	local lengths, payloads, at, names = { h3_length() }, { h3_payload() }, 0, {}
	for i, kind in ipairs(kinds) do
		local length = lengths[i] and tonumber(tostring(lengths[i].value)) or 0
		if length > 0 then at = at + 1 end
		local payload = payloads[at]
		if length > 0 and payload and tonumber(tostring(kind.value)) == 1 and payload.range:len() == length then
			show_section(tree, payload.range, names)
		end
	end
	if #names > 0 then pinfo.cols.info:append("  [" .. table.concat(names, ", ") .. "]") end
end

register_postdissector(pwqpack)

-- ---- HTTP/2 with prior knowledge (RFC 9113 §3.3)

-- Without TLS nothing but the client's preface tells that HTTP/2 follows, and Wireshark looks for it from 4.2 on only.
local http2_dissector = Dissector.get("http2")
local prior = Proto("h2c_prior", "HTTP/2 with prior knowledge")

-- call lets one of Wireshark's own dissectors do the work. TCP puts messages together for the dissector that it calls
-- itself alone, and this one stands in between: so what it was allowed is handed on.
local function call(dissector, tvb, pinfo, tree)
	pinfo.can_desegment = 2
	return dissector:call(tvb, pinfo, tree)
end

function prior.dissector(tvb, pinfo, tree)
	return call(http2_dissector, tvb, pinfo, tree)
end

prior:register_heuristic("tcp", function(tvb, pinfo, tree)
	if tvb:len() < 24 or tvb(0, 24):raw() ~= "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" then return false end
	pinfo.conversation = prior
	prior.dissector(tvb, pinfo, tree)
	return true
end)

-- ---- DNS over TCP at another port than 53 (RFC 1035 §4.2.2, RFC 7766)

-- Over UDP Wireshark knows DNS by its looks; over TCP it looks at the port alone. Here a segment must begin with a
-- message: its length, and a head like that of a query or an answer with one question (RFC 1035 §4.1.1).
local dns_dissector = DissectorTable.get("tcp.port"):get_dissector(53)
local dns_over_tcp = Proto("dns_over_tcp", "DNS over TCP on any port")

function dns_over_tcp.dissector(tvb, pinfo, tree)
	return call(dns_dissector, tvb, pinfo, tree)
end

dns_over_tcp:register_heuristic("tcp", function(tvb, pinfo, tree)
	if tvb:len() < 2 + 12 + 5 then return false end
	local length, flags = tvb(0, 2):uint(), tvb(4, 2):uint()
	local opcode, zero, rcode = math.floor(flags / 0x800) % 0x10, math.floor(flags / 0x40) % 2, flags % 0x10
	if length < 12 + 5 then return false end
	if opcode ~= 0 or zero ~= 0 or rcode > 5 or tvb(6, 2):uint() ~= 1 then return false end
	local answers, others, more = tvb(8, 2):uint(), tvb(10, 2):uint(), tvb(12, 2):uint()
	if flags < 0x8000 and (answers ~= 0 or others ~= 0 or rcode ~= 0) or answers > 999 or others > 99 or more > 99 then return false end
	-- The question's name: labels of letters, digits, hyphen and underscore (RFC 1035 §2.3.1, RFC 2782), then type and class.
	local at, last = 14, math.min(tvb:len(), 2 + length)
	while at < last and tvb(at, 1):uint() ~= 0 do
		local n = tvb(at, 1):uint()
		if n > 63 or at + 1 + n >= last or tvb(at + 1, n):raw():find("[^%w_-]") then return false end
		at = at + 1 + n
	end
	if at + 5 > last or tvb(at + 3, 2):uint() ~= 1 then return false end -- class IN
	pinfo.conversation = dns_over_tcp
	dns_over_tcp.dissector(tvb, pinfo, tree)
	return true
end)

-- ---- the protocol of the lesson rdt, over UDP on any port: see lab/rdt. Wireshark's own "rdt" is another one.

--   "RD" | type 1 | variant 1 | number 2 | window 1 | flags 1 | length 2 | checksum 2 | data
local pwrdt = Proto("pwrdt", "Reliable data transfer by hand")
local rdt_types = { "data", "ACK" }
local rdt_variants = { "stop-and-wait", "Go-Back-N", "selective repeat" }
local r = {
	type = ProtoField.uint8("pwrdt.type", "Type", base.DEC, rdt_types),
	variant = ProtoField.uint8("pwrdt.variant", "Variant", base.DEC, rdt_variants),
	seq = ProtoField.uint16("pwrdt.seq", "Sequence number", base.DEC, nil, nil, "Which packet this is"),
	ack = ProtoField.uint16("pwrdt.ack", "Acknowledgement number", base.DEC, nil, nil,
		"Selective repeat: which packet has come. Else: it has come, and all before it"),
	window = ProtoField.uint8("pwrdt.window", "Window", base.DEC, nil, nil, "How many packets may be under way, or are kept"),
	last = ProtoField.bool("pwrdt.last", "No data follows", 8, nil, 1),
	length = ProtoField.uint16("pwrdt.length", "Length"),
	checksum = ProtoField.uint16("pwrdt.checksum", "Checksum", base.HEX),
	data = ProtoField.bytes("pwrdt.data", "Data"),
	again = ProtoField.uint32("pwrdt.retransmission", "So often it was seen before", base.DEC, nil, nil,
		"A packet of data with this number, by the same sender, in this capture"),
	duplicate = ProtoField.uint32("pwrdt.duplicate_ack", "So often it was seen before", base.DEC, nil, nil,
		"An ACK with this number, by the same sender, in this capture"),
}
pwrdt.fields = { r.type, r.variant, r.seq, r.ack, r.window, r.last, r.length, r.checksum, r.data, r.again, r.duplicate }
local bad = ProtoExpert.new("pwrdt.checksum.bad", "The checksum does not fit", expert.group.CHECKSUM, expert.severity.ERROR)
pwrdt.experts = { bad }

local seen, before -- how often each packet was seen; by frame, how often it had been

function pwrdt.init()
	seen, before = {}, {}
end

-- sum is that of RFC 1071: of what has its own checksum in it, 65535.
local function sum(tvb)
	local total = 0
	for i = 0, tvb:len() - 2, 2 do total = total + tvb(i, 2):uint() end
	if tvb:len() % 2 == 1 then total = total + tvb(tvb:len() - 1, 1):uint() * 256 end
	while total > 65535 do total = total % 65536 + math.floor(total / 65536) end
	return total
end

-- repeated counts a packet of a sender.
local function repeated(pinfo, key)
	if before[pinfo.number] == nil then
		key = table.concat({ tostring(pinfo.src), pinfo.src_port, tostring(pinfo.dst), pinfo.dst_port, key }, " ")
		before[pinfo.number] = seen[key] or 0
		seen[key] = before[pinfo.number] + 1
	end
	return before[pinfo.number]
end

local function is_rdt(tvb)
	return tvb:len() >= 12 and tvb(0, 2):raw() == "RD" and rdt_types[tvb(2, 1):uint()] and rdt_variants[tvb(3, 1):uint()]
		and tvb(8, 2):uint() == tvb:reported_length_remaining() - 12
end

function pwrdt.dissector(tvb, pinfo, tree)
	if not is_rdt(tvb) then return 0 end
	local kind, number = tvb(2, 1):uint(), tvb(4, 2):uint()
	local times = repeated(pinfo, kind .. " " .. number)
	local title = kind == 1 and "data " .. number or "ACK " .. number
	pinfo.cols.protocol = "PWRDT"
	pinfo.cols.info = rdt_variants[tvb(3, 1):uint()] .. ": " .. title .. (times > 0 and " again (" .. times .. ")" or "")
	local t = tree:add(pwrdt, tvb(), "Reliable data transfer: " .. title)
	t:add(r.type, tvb(2, 1))
	t:add(r.variant, tvb(3, 1))
	t:add(kind == 1 and r.seq or r.ack, tvb(4, 2))
	t:add(r.window, tvb(6, 1))
	t:add(r.last, tvb(7, 1))
	t:add(r.length, tvb(8, 2))
	local check = t:add(r.checksum, tvb(10, 2))
	if tvb:len() == tvb:reported_length_remaining() and sum(tvb) ~= 65535 then check:add_tvb_expert_info(bad, tvb(10, 2)) end
	if tvb:len() > 12 then t:add(r.data, tvb(12)) end
	if times > 0 then t:add(kind == 1 and r.again or r.duplicate, times):set_generated() end
	return tvb:len()
end

pwrdt:register_heuristic("udp", function(tvb, pinfo, tree)
	if not is_rdt(tvb) then return false end
	pinfo.conversation = pwrdt
	pwrdt.dissector(tvb, pinfo, tree)
	return true
end)
