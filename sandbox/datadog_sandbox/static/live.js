// Keeps the page up to date without loading it again, and draws its charts. The page works without it, charts aside.

const EVERY = 3000
// Milliseconds in which one reads why a form was refused.
const REFUSED = 20000
const AGAIN = 'The sandbox does not answer. What you see is as of '
const { charts } = document.querySelector('script[data-charts]').dataset
const { choose, inputs, local, localize, milliseconds } = await import(JSON.parse(document.querySelector('script[data-modules]').dataset.modules).zone)
const stale = document.getElementById('stale')
const zone = document.getElementById('zone')

let latest = 0
let timer
let outdated = false

document.documentElement.classList.add('script')

// Makes one tree of nodes equal to another in place, so that focus, scroll position, open parts, and choices stay.
function morph(from, to) {
  if (from.nodeName !== to.nodeName || from.id !== to.id) return from.replaceWith(to)
  if (from.nodeType !== Node.ELEMENT_NODE) {
    if (from.data !== to.data) from.data = to.data
    return
  }
  // What the server did not send again, or not yet, stays; after a choice of the user, what is out of view is out of date.
  if (to.hasAttribute('data-same') || (to.hasAttribute('data-later') && !outdated)) return
  // What a user may have typed stays; what the page itself keeps in a field does not.
  if (from.dataset.time) from.dataset.time = to.dataset.time
  if (from.type === 'hidden') from.value = to.value
  if (from.hasAttribute('data-keep') || ['INPUT', 'IFRAME'].includes(from.nodeName) || from.isEqualNode(to)) return
  for (const { name } of [...from.attributes]) {
    if (!to.hasAttribute(name) && name !== 'open') from.removeAttribute(name)
  }
  for (const { name, value } of to.attributes) {
    if (from.getAttribute(name) !== value) from.setAttribute(name, value)
  }
  const chosen = from.nodeName === 'SELECT' ? from.value : null
  let next = from.firstChild
  for (const child of [...to.childNodes]) {
    const same = child.id && [...from.children].find((one) => one.id === child.id)
    if (same) {
      if (same === next) next = next.nextSibling
      else from.insertBefore(same, next)
      morph(same, child)
    } else if (next && !next.id) {
      const old = next
      next = next.nextSibling
      morph(old, child)
    } else {
      from.insertBefore(child, next)
    }
  }
  while (next) {
    const old = next
    next = next.nextSibling
    old.remove()
  }
  if (chosen !== null && [...from.options].some((option) => option.value === chosen)) from.value = chosen
}

// Fields say what the address says that one chose, or went back to.
function fill(page) {
  for (const field of document.querySelectorAll('input[type=search], [data-complete], form[data-live=get] select:not([multiple])')) {
    const fresh = field.id && !field.hasAttribute('data-keep') && page.getElementById(field.id)
    if (fresh) field.value = fresh.value
  }
}

async function refresh(request) {
  const mine = ++latest
  let pause = EVERY
  clearTimeout(timer)
  try {
    const answer = await fetch(location.href, { ...request, headers: wanted(), signal: AbortSignal.timeout(20000) })
    const type = answer.headers.get('content-type') || ''
    if (!type.startsWith('text/html')) throw new Error(`HTTP status ${answer.status}`)
    if (answer.status === 422) pause = REFUSED
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    // Another one has begun since: this one is out of date.
    if (mine !== latest) return
    localize(page)
    document.title = page.title
    outdated = Boolean(request?.choice)
    for (const part of ['.top', '#content', '.foot']) morph(document.querySelector(part), page.querySelector(part))
    outdated = false
    if (request?.choice) fill(page)
    watch()
    stale.textContent = ''
    inputs()
    await draw(Boolean(request))
  } catch (error) {
    if (mine !== latest) return
    console.info(error)
    if (!stale.textContent) stale.textContent = AGAIN + document.querySelector('#clock time').textContent.trim() + (local() ? '' : ' UTC')
  }
  timer = setTimeout(() => document.hidden || refresh(), pause)
}

// Widgets come when they are in view, and again only when they have changed.

const near = new Set()
let soon
const view = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) near.add(target)
    else near.delete(target)
  }
  if (![...near].some((widget) => widget.isConnected && widget.hasAttribute('data-later'))) return
  clearTimeout(soon)
  soon = setTimeout(refresh, 50)
}, { rootMargin: '500px' })

function watch() {
  for (const widget of document.querySelectorAll('[data-widget]')) view.observe(widget)
}

function wanted() {
  if (!document.querySelector('[data-widget]')) return {}
  const seen = [...near].filter((widget) => widget.isConnected)
  const pairs = seen.map(({ dataset }) => `${encodeURIComponent(dataset.widget)}=${dataset.hash || ''}`)
  return { 'Sandbox-Widgets': pairs.join(',') }
}

// Absolute times: in the address as milliseconds, in the form in the zone of the browser or in UTC.

function absolute(fields) {
  const [from, to] = ['from', 'to'].map((name) => milliseconds(fields.get(name)))
  for (const name of ['from', 'to']) fields.delete(name)
  if (fields.getAll('range').at(-1) !== 'fixed') return
  fields.delete('range')
  fields.set('from_ts', from)
  fields.set('to_ts', to)
}

zone.value = local() ? 'local' : 'utc'
zone.addEventListener('change', async () => {
  choose(zone.value)
  if (document.querySelector('[data-chart]')) (await import(charts)).redraw()
  // What is in UTC again comes from the server.
  refresh({ choice: true })
})

// Charts are a script of their own, which a page without them does not load.
const draw = async (asked) => {
  reachable()
  if (document.querySelector('[data-chart], [data-colour], [data-background], [data-size]')) await (await import(charts)).draw(asked)
}

// What is scrolled can be reached with the keyboard.
function reachable() {
  for (const part of document.querySelectorAll('.widget :is(.body, .scroll, .top-rows, .keys)')) {
    if (part.scrollHeight > part.clientHeight + 1 || part.scrollWidth > part.clientWidth + 1) part.tabIndex = 0
    else part.removeAttribute('tabindex')
  }
}

// Completion of queries is, too.
if (document.querySelector('[data-complete]')) {
  import(JSON.parse(document.querySelector('script[data-modules]').dataset.modules).complete)
}

// What the user does

document.addEventListener('change', ({ target }) => {
  if (target.form?.dataset.live === 'get' && target.nodeName === 'SELECT' && target.name) target.form.requestSubmit()
})
document.addEventListener('submit', (event) => {
  const { target: form, submitter } = event
  if (!form.dataset.live) return
  event.preventDefault()
  const fields = new URLSearchParams(new FormData(form, submitter))
  if (form.dataset.live === 'post') {
    refresh({ method: 'POST', body: fields, choice: true })
  } else {
    if (fields.has('from')) absolute(fields)
    history.pushState(null, '', `?${fields}`)
    refresh({ choice: true })
  }
})
document.addEventListener('click', async ({ target }) => {
  const text = document.getElementById(target.closest('[data-copy]')?.dataset.copy)
  if (!text) return
  // Where the page is not from this machine, a browser lets nobody copy: what is to be copied is chosen, at least.
  getSelection().selectAllChildren(text)
  await navigator.clipboard?.writeText(text.textContent)
  target.textContent = navigator.clipboard ? 'Copied' : 'Chosen: press Ctrl+C'
})
document.addEventListener('click', (event) => {
  const link = event.target.closest('a[data-live]')
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
  event.preventDefault()
  history.pushState(null, '', link.href)
  refresh({ choice: true })
})
// Who drags across a chart wants this range.
document.addEventListener('range', ({ detail }) => {
  const fields = new URLSearchParams(location.search)
  fields.set('from_ts', detail.from)
  fields.set('to_ts', detail.to)
  fields.delete('range')
  fields.delete('live')
  history.pushState(null, '', `?${fields}`)
  refresh({ choice: true })
})
addEventListener('popstate', () => refresh({ choice: true }))
document.addEventListener('visibilitychange', () => document.hidden || refresh())

// A mail is as high as what is in it.
const message = document.querySelector('iframe.message')
const fit = () => {
  message.style.height = 0
  message.style.height = `${message.contentDocument.documentElement.scrollHeight + 2}px`
}
if (message?.contentDocument?.readyState === 'complete') fit()
message?.addEventListener('load', fit)
// A browser shows no focus on a frame, in which the focus then is.
for (const change of ['blur', 'focus']) {
  addEventListener(change, () => message?.classList.toggle('focused', document.activeElement === message))
}

localize(document)
inputs()
watch()
await draw()
timer = setTimeout(() => document.hidden || refresh(), EVERY)
