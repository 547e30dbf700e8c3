// Completes a query, a formula, or a search while it is typed: the server says what may stand at the cursor, and a list below the field shows it.

const WAIT = 120
let timer
let asked = 0

const listOf = (input) => document.getElementById(input.dataset.complete)

function close(input) {
  clearTimeout(timer)
  asked++
  const list = listOf(input)
  list.hidden = true
  list.replaceChildren()
  input.setAttribute('aria-expanded', 'false')
  input.removeAttribute('aria-activedescendant')
}

async function ask(input) {
  const mine = ++asked
  const { value: text, selectionStart: cursor } = input
  const wanted = new URLSearchParams({ text, cursor })
  // The range, and the queries that a formula names.
  for (const [name, value] of new FormData(input.form)) wanted.append(name, value.slice(0, 200))
  const answer = await fetch(`/completion/${input.dataset.kind}?${wanted}`).catch(() => null)
  if (!answer?.ok || mine !== asked || document.activeElement !== input) return
  const { start, options } = await answer.json()
  if (mine !== asked || input.value !== text) return
  show(input, start, options)
}

function show(input, start, options) {
  const list = listOf(input)
  list.dataset.start = start
  list.replaceChildren(...options.map(({ text, detail }, number) => {
    const item = document.createElement('li')
    const [name, what] = ['b', 'span'].map((tag) => document.createElement(tag))
    item.id = `${list.id}-${number}`
    item.role = 'option'
    item.ariaSelected = 'false'
    item.dataset.text = name.textContent = text
    what.textContent = detail
    item.append(name, what)
    return item
  }))
  list.hidden = !options.length
  input.setAttribute('aria-expanded', String(Boolean(options.length)))
  input.removeAttribute('aria-activedescendant')
}

function choose(input, item) {
  const { start } = listOf(input).dataset
  const text = item.dataset.text
  input.setRangeText(text, Number(start), input.selectionStart, 'end')
  close(input)
  // A metric is drawn at once; a key goes on with its values.
  if (text.endsWith('}')) input.form.requestSubmit()
  else if (/[:(]$/.test(text)) ask(input)
}

function move(input, step) {
  const items = [...listOf(input).children]
  const now = items.findIndex((item) => item.ariaSelected === 'true')
  const next = items[(now + step + items.length + (now < 0 && step < 0 ? 1 : 0)) % items.length]
  for (const item of items) item.ariaSelected = String(item === next)
  input.setAttribute('aria-activedescendant', next.id)
  next.scrollIntoView({ block: 'nearest' })
}

function announce(input) {
  const roles = { role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': input.dataset.complete }
  for (const [name, value] of Object.entries(roles)) input.setAttribute(name, value)
}

document.addEventListener('focusin', ({ target: input }) => {
  if (input.dataset.complete) announce(input)
})
document.addEventListener('focusout', ({ target: input }) => {
  if (input.dataset.complete) close(input)
})
document.addEventListener('input', ({ target: input }) => {
  if (!input.dataset?.complete) return
  clearTimeout(timer)
  timer = setTimeout(ask, WAIT, input)
})
document.addEventListener('keydown', (event) => {
  const input = event.target
  if (!input.dataset?.complete) return
  const list = listOf(input)
  const chosen = list.querySelector('[aria-selected=true]')
  if (list.hidden) {
    if (event.key !== 'ArrowDown') return
    ask(input)
  } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') move(input, event.key === 'ArrowDown' ? 1 : -1)
  else if (event.key === 'Escape') close(input)
  else if (chosen && (event.key === 'Enter' || event.key === 'Tab')) choose(input, chosen)
  else if (event.key === 'Enter') return close(input)
  else return
  event.preventDefault()
})
// The field keeps the focus when an option is clicked.
document.addEventListener('mousedown', (event) => {
  const item = event.target.closest('.completions li')
  if (!item) return
  event.preventDefault()
  choose(document.querySelector(`[data-complete="${item.parentElement.id}"]`), item)
})
// What was typed before this script was there.
const early = document.activeElement
if (early.dataset.complete) {
  announce(early)
  if (early.value) ask(early)
}
