// Keeps the page up to date without loading it again, and draws its charts. The page works without it, charts aside.

const EVERY = 3000
const AGAIN = 'The sandbox does not answer. What you see is as of '
const { charts } = document.querySelector('script[data-charts]').dataset
const stale = document.getElementById('stale')

let latest = 0
let timer

document.documentElement.classList.add('script')

// Makes one tree of nodes equal to another in place, so that focus, scroll position, open parts, and choices stay.
function morph(from, to) {
  if (from.nodeName !== to.nodeName || from.id !== to.id) return from.replaceWith(to)
  if (from.nodeType !== Node.ELEMENT_NODE) {
    if (from.data !== to.data) from.data = to.data
    return
  }
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

async function refresh(request) {
  const mine = ++latest
  clearTimeout(timer)
  try {
    const answer = await fetch(location.href, { ...request, signal: AbortSignal.timeout(20000) })
    const type = answer.headers.get('content-type') || ''
    if (!type.startsWith('text/html')) throw new Error(`HTTP status ${answer.status}`)
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    // Another one has begun since: this one is out of date.
    if (mine !== latest) return
    document.title = page.title
    for (const part of ['.top', '#content']) morph(document.querySelector(part), page.querySelector(part))
    stale.textContent = ''
    await draw(Boolean(request))
  } catch (error) {
    if (mine !== latest) return
    console.info(error)
    if (!stale.textContent) stale.textContent = AGAIN + document.querySelector('#clock time').textContent.trim()
  }
  timer = setTimeout(() => document.hidden || refresh(), EVERY)
}

// Charts are a script of their own, which a page without them does not load.
const draw = async (asked) => {
  if (document.querySelector('[data-chart], [data-colour], [data-background], [data-size]')) await (await import(charts)).draw(asked)
}

// What the user does

document.addEventListener('change', ({ target }) => {
  if (target.form?.dataset.live === 'get' && target.nodeName === 'SELECT') target.form.requestSubmit()
})
document.addEventListener('submit', (event) => {
  const { target: form, submitter } = event
  if (!form.dataset.live) return
  event.preventDefault()
  const fields = new URLSearchParams(new FormData(form, submitter))
  if (form.dataset.live === 'post') {
    refresh({ method: 'POST', body: fields })
  } else {
    history.replaceState(null, '', `?${fields}`)
    refresh({})
  }
})
// Who drags across a chart wants this range.
document.addEventListener('range', ({ detail }) => {
  const fields = new URLSearchParams(location.search)
  fields.set('from_ts', detail.from)
  fields.set('to_ts', detail.to)
  history.pushState(null, '', `?${fields}`)
  refresh({})
})
addEventListener('popstate', () => refresh({}))
document.addEventListener('visibilitychange', () => document.hidden || refresh())

// A mail is as high as what is in it.
const message = document.querySelector('iframe.message')
const fit = () => {
  message.style.height = 0
  message.style.height = `${message.contentDocument.documentElement.scrollHeight + 2}px`
}
if (message?.contentDocument?.readyState === 'complete') fit()
message?.addEventListener('load', fit)

await draw()
timer = setTimeout(() => document.hidden || refresh(), EVERY)
