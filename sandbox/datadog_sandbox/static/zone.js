// Times of the pages in UTC, as the server writes them, or in the zone of the browser: one choice for all pages.

const UTC = /(?:(\d{4}-\d\d-\d\d) )?(\d\d:\d\d)(:\d\d)? UTC/g
const FIELDS = { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }
// What others wrote, and what stands for itself, stays as it is.
const OTHERS = 'bdi, pre, textarea, script, select, iframe, [data-utc]'

export const local = () => localStorage.getItem('zone') === 'local'
export const choose = (zone) => localStorage.setItem('zone', zone)
export const milliseconds = (text) => Date.parse(local() ? text : `${text}Z`)

const name = () => Intl.DateTimeFormat().resolvedOptions().timeZone
const fields = (time) => Object.fromEntries(new Intl.DateTimeFormat('en-US', FIELDS).formatToParts(time).map(({ type, value }) => [type, value]))
const date = ({ weekday, day, month }) => `${weekday} ${day} ${month}`
const minute = ({ hour, minute }) => `${hour}:${minute}`
const clock = (parts) => `${minute(parts)}:${parts.second}`
const full = (parts) => `${date(parts)} ${clock(parts)}`

// By `data-as` of a time.
const forms = {
  date: (node, parts) => { node.textContent = date(parts) },
  minute: (node, parts) => { node.textContent = minute(parts) },
  ago: (node, parts) => { node.title = full(parts) },
  clock: (node, parts) => {
    node.querySelector('.long').textContent = date(parts)
    node.querySelector('strong').textContent = clock(parts)
  },
}

// Writes the times of a page, or of a part of one, as its reader has chosen.
export function localize(root) {
  if (!local()) return
  for (const node of root.querySelectorAll('time[datetime]')) {
    const parts = fields(new Date(node.dateTime))
    const form = forms[node.dataset.as]
    if (form) form(node, parts)
    else node.textContent = full(parts)
    const after = node.nextSibling
    if (after?.data?.startsWith(' UTC')) after.data = after.data.slice(4)
  }
  for (const node of root.querySelectorAll('[data-from]')) {
    const [from, to] = ['from', 'to'].map((edge) => node.dataset[edge] && full(fields(new Date(node.dataset[edge] * 1000))))
    node.querySelector('title').textContent = `${node.dataset.status} from ${from}${to ? ` to ${to}` : ''}`
  }
  sentences(root)
  const note = root.querySelector('#zone-note')
  if (note) note.textContent = `Times are those of ${name()} where no other time zone is named.`
}

// Times in sentences, such as "Evaluated at 2026-11-23 00:00:00 UTC"; one without a day is of today.
function sentences(root) {
  const today = new Date(root.querySelector('#clock time')?.dateTime || Date.now()).toISOString().slice(0, 10)
  const walker = document.createTreeWalker(root.querySelector('main') || root, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const text = walker.currentNode
    if (!text.data.includes(' UTC') || text.parentElement.closest(OTHERS)) continue
    text.data = text.data.replace(UTC, (_, day, time, seconds) => {
      const parts = fields(new Date(`${day || today}T${time}${seconds || ':00'}Z`))
      const shown = seconds ? clock(parts) : minute(parts)
      return day ? `${date(parts)} ${shown}` : shown
    })
  }
}

// The fields of a form in which one types times.
export function inputs() {
  for (const input of document.querySelectorAll('input[data-time]')) {
    if (input === document.activeElement) continue
    const time = new Date(input.dataset.time * 1000)
    const shown = new Date(time - (local() ? time.getTimezoneOffset() * 60000 : 0))
    input.value = shown.toISOString().slice(0, 19)
  }
}
