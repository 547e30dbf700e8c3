// What charts over time do for a pointer: all values at its time, a line through all charts, and a range to drag.
// `charts.js` calls `connect` for each chart that it has drawn.

const DRAG = 6
const zone = () => (localStorage.getItem('zone') === 'local' ? undefined : 'UTC')
const tip = document.createElement('div')
tip.id = 'tooltip'
tip.hidden = true
document.body.append(tip)
let dragging = null

export function connect(chart) {
  chart.cross = document.createElement('div')
  chart.cross.className = 'cross'
  chart.cross.hidden = true
  chart.querySelector('[data-keep].coming, [data-keep]:last-of-type').append(chart.cross)
  if (chart.connected) return
  chart.connected = true
  chart.addEventListener('pointermove', (event) => move(chart, event))
  chart.addEventListener('pointerleave', () => dragging || clear())
  chart.addEventListener('pointerdown', (event) => press(chart, event))
  chart.addEventListener('pointerup', (event) => release(chart, event))
}

addEventListener('keydown', ({ key }) => {
  if (key === 'Escape') clear()
})

function clear() {
  dragging?.box.remove()
  dragging = null
  tip.hidden = true
  for (const { cross } of over()) cross.hidden = true
}

const over = () => [...document.querySelectorAll('[data-chart]')].filter((chart) => chart.cross && chart.series?.length)

// Where the plot of a chart is on the screen, and its scale of time.
function plot(chart) {
  const svg = chart.querySelector('svg.marks').getBoundingClientRect()
  // Vega counts from inside of its padding.
  const [left, top] = [chart.view.origin()[0] + chart.view.padding().left, chart.view.origin()[1] + chart.view.padding().top]
  const outer = chart.getBoundingClientRect()
  return {
    left: svg.left + left, top: svg.top + top, width: chart.view.width(), height: chart.view.height(), outer, scale: chart.view.scale('x'),
  }
}

function yScale(chart, right) {
  for (const name of ['y', right ? 'layer_1_y' : 'layer_0_y']) {
    try {
      return chart.view.scale(name)
    } catch {
      // There are two axes, or one.
    }
  }
  return () => 0
}

function timeAt(chart, event) {
  const { left, width, scale } = plot(chart)
  const x = Math.min(width, Math.max(0, event.clientX - left))
  return Number(scale.invert(x))
}

function move(chart, event) {
  if (!chart.view || !chart.series.length || event.pointerType === 'touch') return
  if (dragging) stretch(chart, event)
  const time = timeAt(chart, event)
  for (const other of over()) place(other, time)
  show(chart, event, time)
}

function place(chart, time) {
  const { left, top, width, height, outer, scale } = plot(chart)
  const x = scale(time)
  chart.cross.hidden = !(x >= 0 && x <= width)
  Object.assign(chart.cross.style, { left: `${left - outer.left + x}px`, top: `${top - outer.top}px`, height: `${height}px` })
}

// The values of all visible series at a time, the greatest first.
function valuesAt(chart, time) {
  const rows = []
  const stacked = {}
  for (const series of chart.series) {
    if (chart.off.has(series.series)) continue
    const n = nearest(series.times, time, series.display === 'bars' ? series.interval * 500 : 0)
    const value = n < 0 ? null : series.columns.value[n]
    if (value === null || Math.abs(series.times[n] - time) > reach(series)) continue
    const key = `${series.display} ${value < 0}`
    const top = series.display === 'line' ? value : (stacked[key] = (stacked[key] || 0) + value)
    rows.push({ ...series, value, top, time: series.times[n], lower: series.columns.lower?.[n], upper: series.columns.upper?.[n] })
  }
  return rows.sort((a, b) => b.value - a.value)
}

const reach = ({ interval, times }) => Math.max(interval * 1000, times.length > 1 ? (times.at(-1) - times[0]) / (times.length - 1) : 0)

// The place of the time in a sorted list that is next to another one; `half` moves to the middle of bars.
function nearest(times, time, half) {
  let low = 0
  let high = times.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (times[middle] + half < time) low = middle + 1
    else high = middle
  }
  if (low > 0 && time - (times[low - 1] + half) < times[low] + half - time) low -= 1
  return low < times.length ? low : -1
}

// Four digits, and all before the point.
const number = (value) => value.toLocaleString('en', Math.abs(value) < 1000 ? { maximumSignificantDigits: 4 } : { maximumFractionDigits: 0 })

function clock(time) {
  const options = {
    timeZone: zone(), weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
  }
  const parts = Object.fromEntries(new Intl.DateTimeFormat('en-GB', options).formatToParts(time).map(({ type, value }) => [type, value]))
  return `${parts.weekday} ${parts.day} ${parts.month} ${parts.hour}:${parts.minute}:${parts.second}${zone() ? ' UTC' : ''}`
}

function show(chart, event, time) {
  const rows = valuesAt(chart, time)
  tip.hidden = !rows.length
  if (!rows.length) return
  const { top } = plot(chart)
  const distance = (row) => Math.abs(yScale(chart, row.right)(row.top) - (event.clientY - top))
  const closest = rows.reduce((best, row) => (distance(row) < distance(best) ? row : best))
  const head = document.createElement('p')
  head.textContent = clock(closest.time)
  const list = document.createElement('ul')
  list.className = rows.length > 20 ? 'many' : ''
  list.append(...rows.map((row) => line(row, row === closest, chart.colours)))
  tip.replaceChildren(head, list)
  const { width, height } = tip.getBoundingClientRect()
  const right = event.clientX + 16 + width > innerWidth
  Object.assign(tip.style, {
    left: `${Math.max(4, right ? event.clientX - 16 - width : event.clientX + 16)}px`,
    top: `${Math.max(4, Math.min(event.clientY + 12, innerHeight - height - 4))}px`,
  })
}

function line({ series, value, unit, factor, lower, upper, colour }, isClosest, colours) {
  const item = document.createElement('li')
  item.className = isClosest ? 'closest' : ''
  const swatch = document.createElement('i')
  swatch.style.background = colours[colour]
  const name = document.createElement('bdi')
  name.textContent = series
  const amount = document.createElement('b')
  amount.textContent = `${number(value * factor)}${unit ? ` ${unit}` : ''}`
  item.append(swatch, name, amount)
  if (lower !== undefined && lower !== null) item.append(` expected ${number(lower * factor)} to ${number(upper * factor)}`)
  return item
}

// Dragging

function press(chart, event) {
  if (!chart.view || !chart.series.length || event.button || event.pointerType === 'touch' || event.target.closest('button')) return
  const box = document.createElement('div')
  box.className = 'selection'
  chart.querySelector('[data-keep]').append(box)
  chart.setPointerCapture(event.pointerId)
  dragging = { chart, box, x: event.clientX, from: timeAt(chart, event) }
  event.preventDefault()
}

function stretch(chart, event) {
  const { left, top, width, height, outer } = plot(chart)
  const within = (x) => Math.min(left + width, Math.max(left, x))
  const [a, b] = [within(dragging.x), within(event.clientX)].sort((one, other) => one - other)
  Object.assign(dragging.box.style, { left: `${a - outer.left}px`, width: `${b - a}px`, top: `${top - outer.top}px`, height: `${height}px` })
}

function release(chart, event) {
  if (!dragging) return
  const { from, x } = dragging
  const to = timeAt(chart, event)
  clear()
  if (Math.abs(event.clientX - x) < DRAG) return
  const detail = { from: Math.floor(Math.min(from, to)), to: Math.ceil(Math.max(from, to)) }
  document.dispatchEvent(new CustomEvent('range', { detail }))
}
