// Keeps the page up to date without loading it again, and draws its charts. The page works without it, charts aside.

const EVERY = 3000
const AGAIN = 'The sandbox does not answer. What you see is as of '
const dark = matchMedia('(prefers-color-scheme: dark)')
const bundle = document.querySelector('script[data-charts]').dataset.charts
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

// Charts

async function draw(asked) {
  const charts = document.querySelectorAll('[data-chart]')
  if (!charts.length) return
  await import(bundle)
  for (const chart of charts) await drawOne(chart, asked)
}

// Vega's interpreter takes the milliseconds of a time scale for a year: as expressions they are what they are.
function plain(node) {
  if (node?.scale?.type === 'utc' && node.scale.domain) {
    const [first, last] = node.scale.domain.map((time) => ({ expr: String(time) }))
    node.scale = { ...node.scale, domain: undefined, domainMin: first, domainMax: last }
  } else if (node && typeof node === 'object') {
    for (const [key, part] of Object.entries(node)) if (key !== 'data') plain(part)
  }
}

// Vega-Lite reads words for the tooltip of the nearest point from the wrong place: from its Voronoi cell.
function nearest(vega) {
  for (const mark of (vega.marks || []).flatMap((one) => [one, ...(one.marks || [])])) {
    const tooltip = mark.name?.includes('voronoi') && mark.encode?.update?.tooltip
    if (tooltip?.signal) tooltip.signal = tooltip.signal.replace(/(?<!datum\.)datum\["/g, 'datum.datum["')
  }
  return vega
}

async function drawOne(chart, asked) {
  const text = chart.querySelector('script').textContent
  if (chart.drawn === text) return
  // A tooltip, which all charts share, stays as long as the pointer is there.
  if (chart.drawn && !asked && document.querySelector('[data-chart]:hover')) return
  chart.drawn = text
  const { light, dark: changes } = JSON.parse(text)
  const specification = dark.matches ? { ...light, ...changes } : light
  // It names a version of Vega-Lite; the bundle may hold a later one.
  delete specification.$schema
  plain(specification)
  const old = chart.querySelector('[data-keep]')
  const fresh = document.createElement('div')
  fresh.dataset.keep = ''
  fresh.className = 'coming'
  chart.append(fresh)
  try {
    // Interpreted expressions: the page's policy forbids to compile strings into code.
    const { view } = await window.show(fresh, specification, {
      mode: 'vega-lite', logLevel: 1, ast: true, actions: false, defaultStyle: false, renderer: 'svg', patch: nearest, tooltip: { disableDefaultStyle: true },
    })
    if (chart.view) chart.view.finalize()
    chart.view = view
    old.remove()
  } catch (error) {
    fresh.textContent = `This chart cannot be drawn: ${error.message}`
    old.remove()
    console.error(error)
  }
  fresh.className = ''
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
document.addEventListener('visibilitychange', () => document.hidden || refresh())
dark.addEventListener('change', () => {
  for (const chart of document.querySelectorAll('[data-chart]')) chart.drawn = null
  draw(true)
})

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
