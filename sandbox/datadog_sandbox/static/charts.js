// Draws the charts of a page, with what they share: colours, tooltip, crosshair, legend, and the choice of a range.

const modules = JSON.parse(document.querySelector('script[data-vega]').dataset.modules)
const { connect } = await import(modules.pointer)
const { legend } = await import(modules.legend)

const bundle = document.querySelector('script[data-vega]').dataset.vega
const dark = matchMedia('(prefers-color-scheme: dark)')
const charts = new Set()
const near = new Set()
const observer = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) near.add(target)
    else near.delete(target)
  }
  queue()
}, { rootMargin: '400px' })
let drawing = null

const shared = () => JSON.parse(document.getElementById('themes').textContent)
const theme = () => (dark.matches ? 'dark' : 'light')

// Draws what is in view and has changed, one chart after the other. `asked` is for what the user has just chosen.
export async function draw(asked) {
  colour()
  for (const chart of document.querySelectorAll('[data-chart]')) {
    if (!charts.has(chart)) observer.observe(chart)
    charts.add(chart)
  }
  for (const chart of [...charts]) if (!chart.isConnected) forget(chart)
  for (const chart of charts) {
    if (asked) chart.asked = true
    // One that a tooltip held up, or another choice.
    if (chart.drawn !== chart.querySelector('script').textContent) chart.tried = null
  }
  await queue()
}

// Colours and sizes that a definition brings; the page's policy allows no style in the page itself.
export function colour() {
  for (const part of document.querySelectorAll('[data-colour]')) part.style.color = part.dataset.colour
  // Without a background of its own, the colour is as dark or light as the page needs it.
  for (const { style, dataset } of document.querySelectorAll('[data-colour]:not([data-background])')) {
    style.color = `light-dark(oklch(from ${dataset.colour} min(l, 0.55) c h), oklch(from ${dataset.colour} max(l, 0.7) c h))`
  }
  for (const part of document.querySelectorAll('[data-background]')) part.style.backgroundColor = part.dataset.background
  for (const part of document.querySelectorAll('[data-size]')) {
    part.style.fontSize = Number(part.dataset.size) ? `max(12px, min(${part.dataset.size}px, 18cqi))` : ''
  }
}

export function redraw() {
  for (const chart of charts) chart.drawn = null
  return draw(true)
}

function forget(chart) {
  observer.unobserve(chart)
  charts.delete(chart)
  near.delete(chart)
  chart.view?.finalize()
}

// What is in view comes first; the rest when there is nothing else to do.
const next = () => [...near].find(waits) || [...charts].find(waits)
const waits = (chart) => chart.isConnected && chart.tried !== chart.querySelector('script').textContent
const idle = () => new Promise((resolve) => (window.requestIdleCallback || setTimeout)(resolve))

async function queue() {
  drawing ??= drawAll().finally(() => {
    drawing = null
  })
  await drawing
}

async function drawAll() {
  for (let chart = next(); chart; chart = next()) {
    if (!near.has(chart)) await idle()
    chart.tried = chart.querySelector('script').textContent
    await import(bundle)
    await drawOne(chart)
  }
}

// Puts the colours of a theme in the place of their tokens.
function themed(node, colours) {
  if (Array.isArray(node)) return node.map((part) => themed(part, colours))
  if (!node || typeof node !== 'object') return node
  const keys = Object.keys(node)
  if (keys.length === 1 && keys[0] === 'token') return colours[node.token]
  return Object.fromEntries(Object.entries(node).map(([key, part]) => [key, themed(part, colours)]))
}

// What `Block.compact` in drawing/model.py makes small.
function expanded({ constants, times, columns }) {
  const moments = Array.isArray(times) ? times : Array.from({ length: times.count }, (_, n) => times.first + n * times.step)
  return { ...constants, times: moments.map((time) => time * 1000), columns }
}

function records({ times, columns, ...constants }) {
  const names = Object.keys(columns)
  return times.map((time, n) => {
    const record = { ...constants, time }
    for (const name of names) record[name] = columns[name][n]
    return record
  })
}

// Vega's interpreter takes the milliseconds of a time scale for a year: as expressions they are what they are.
function plain(node) {
  if (['utc', 'time'].includes(node?.scale?.type) && node.scale.domain) {
    const [first, last] = node.scale.domain.map((time) => ({ expr: String(time) }))
    node.scale = { ...node.scale, domain: undefined, domainMin: first, domainMax: last }
  } else if (node && typeof node === 'object') {
    for (const part of Object.values(node)) plain(part)
  }
}

// A page makes the legend itself, where it makes the tooltip.
function withoutLegend(node) {
  if (node?.color?.legend) node.color = { ...node.color, legend: null }
  if (node && typeof node === 'object') for (const part of Object.values(node)) withoutLegend(part)
}

// The same specification with times of the browser's zone.
function localized(spec) {
  if (localStorage.getItem('zone') !== 'local') return spec
  const text = JSON.stringify(spec).replaceAll('"type":"utc"', '"type":"time"').replaceAll('utcFormat(', 'timeFormat(')
  return JSON.parse(text.replace(/utc(hours|minutes|seconds)\(/g, '$1(').replaceAll('"title":"UTC"', '"title":null'))
}

// What `columns` in drawing/model.py makes small.
function rows(fields) {
  const names = Object.keys(fields)
  return names.length ? fields[names[0]].map((_, n) => Object.fromEntries(names.map((name) => [name, fields[name][n]]))) : []
}

// What Vega would ask of each value, in expressions that are interpreted: the chart has one label, and few have gaps.
function cheap({ series }, data) {
  const lists = [...series.map(({ columns }) => columns), ...Object.values(data)].flatMap(Object.values)
  return { aria: false, ...(lists.some((values) => values.includes(null)) ? {} : { mark: { invalid: null } }) }
}

function specification(chart, plot, { specification, data: fields, mode, ownLegend }, files) {
  const data = Object.fromEntries(Object.entries(fields).map(([name, columns]) => [name, rows(columns)]).concat(files))
  const { themes, config } = shared()
  const colours = themes[theme()]
  const spec = localized(themed({ config, ...specification }, colours))
  const size = mode === 'vega' ? { width: plot.clientWidth, height: plot.clientHeight } : { width: 'container', height: 'container' }
  const frame = { background: colours.surface, ...size, autosize: { type: 'fit', contains: 'padding' }, padding: { left: 4, right: 14, top: 8, bottom: 4 } }
  if (ownLegend) withoutLegend(spec)
  plain(spec)
  spec.config = { ...spec.config, ...cheap(chart, fields) }
  if (mode === 'vega') {
    const sets = spec.data.map((one) => (data[one.name] ? { ...one, values: data[one.name] } : one))
    return { ...spec, ...frame, data: sets }
  }
  const points = chart.series.length ? { points: visible(chart) } : {}
  return { data: { name: 'points', format: { parse: null } }, ...spec, ...frame, datasets: { ...data, ...points } }
}

// What many charts share, such as a map, is a file of its own, which the first of them fetches.
const fetched = {}
function read(file) {
  fetched[file] ??= fetch(modules[file]).then((answer) => answer.json())
  return fetched[file]
}

// Draws a chart again after a switch of its legend, which keeps the focus.
async function again(chart) {
  const buttons = () => [...chart.querySelectorAll('.keys button')]
  const place = buttons().indexOf(document.activeElement)
  chart.drawn = null
  await drawOne(chart)
  buttons().at(Math.min(place, buttons().length - 1))?.focus()
}

const visible = (chart) => chart.series.filter(({ series }) => !chart.off.has(series)).flatMap(records)

async function drawOne(chart) {
  const text = chart.querySelector('script').textContent
  if (chart.drawn === text) return
  // A tooltip stays as long as the pointer is there.
  if (chart.drawn && !chart.asked && document.querySelector('[data-chart] svg:hover')) return
  chart.drawn = text
  chart.asked = false
  const drawing = JSON.parse(text)
  chart.off ??= new Set()
  chart.closed = drawing.closedLegend
  chart.series = drawing.blocks.map(expanded)
  chart.colours = shared().themes[theme()]
  const old = chart.querySelector('[data-keep]')
  const fresh = document.createElement('div')
  fresh.dataset.keep = ''
  fresh.className = 'coming'
  const plot = document.createElement('div')
  plot.className = 'plot'
  plot.style.setProperty('--natural', `${drawing.height}px`)
  fresh.append(plot)
  // First what the plot leaves room for.
  if (drawing.ownLegend) fresh.append(legend(chart, () => again(chart)))
  chart.append(fresh)
  try {
    const files = await Promise.all(Object.entries(drawing.files).map(async ([name, file]) => [name, await read(file)]))
    // Interpreted expressions: the page's policy forbids to compile strings into code.
    const { view } = await window.show(plot, specification(chart, plot, drawing, files), {
      mode: drawing.mode, logLevel: 1, ast: true, actions: false, defaultStyle: false, renderer: 'svg', tooltip: { disableDefaultStyle: true },
    })
    // The label of the chart says what there is to hear; each mark would say it again.
    fresh.querySelector('svg')?.setAttribute('aria-hidden', 'true')
    chart.view?.finalize()
    chart.view = view
    old.remove()
    if (drawing.ownLegend) connect(chart)
  } catch (error) {
    fresh.textContent = `This chart cannot be drawn: ${error.message}`
    old.remove()
    console.error(error)
  }
  fresh.className = ''
}

dark.addEventListener('change', redraw)
