// Server-Sent Events, taken apart as the HTML Standard says (§9.2.6): lines of the form "field: value", and an empty
// line behind each event.
//
//	id: 57
//	event: vote:result
//	data: {"poll_id":7,"voters":3}
//
//	: a comment, which only says that the server is still there
//
// Browsers have EventSource for that, but it connects again by its own rules, and shows neither status nor headers.

export class EventStream {
  #rest = ''; // of a line that has not ended yet
  #wasCR = false; // a line feed that comes next belongs to the line before
  #name = '';
  #id = '';
  #data = null;
  #raw = '';

  // found is called with each event: {event, data, id, raw}; raw is the text as it came, lines ended by \n.
  constructor(found) { this.found = found; }

  // push takes the next piece, wherever it was cut.
  push(text) {
    if (!text) return;
    if (this.#wasCR && text[0] === '\n') text = text.slice(1);
    this.#wasCR = text.endsWith('\r');
    const lines = (this.#rest + text).split(/\r\n|\n|\r/);
    this.#rest = lines.pop();
    for (const line of lines) this.#take(line);
  }

  #take(line) {
    if (line === '') return this.#end();
    this.#raw += line + '\n';
    const colon = line.indexOf(':');
    if (colon === 0) return; // a comment
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') this.#data = this.#data === null ? value : this.#data + '\n' + value;
    else if (field === 'event') this.#name = value;
    else if (field === 'id' && !value.includes('\0')) this.#id = value; // holds for the next ones, too
  }

  #end() {
    const event = { event: this.#name || 'message', data: this.#data, id: this.#id, raw: this.#raw + '\n' };
    [this.#name, this.#data, this.#raw] = ['', null, ''];
    if (event.data !== null) this.found(event); // without data it is none
  }
}
