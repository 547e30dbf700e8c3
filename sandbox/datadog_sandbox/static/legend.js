// The legend of a chart over time: all of its series, to open whole and to switch on and off.

const FEW = 6

export function legend(chart, redraw) {
  const list = document.createElement('ul')
  list.className = 'keys'
  const { series } = chart
  if (series.length < 2) return list
  const some = chart.closed ? [] : series.length <= FEW + 2 ? series : series.slice(0, FEW)
  const shown = chart.open ? series : some
  for (const one of shown) list.append(item(chart, one, redraw))
  if (shown.length < series.length || chart.open) list.append(more(chart, series.length, redraw))
  return list
}

function item(chart, { series, colour }, redraw) {
  const button = document.createElement('button')
  button.type = 'button'
  button.setAttribute('aria-pressed', String(!chart.off.has(series)))
  const swatch = document.createElement('i')
  swatch.style.background = chart.colours[colour]
  const name = document.createElement('bdi')
  name.textContent = series
  button.title = series
  button.append(swatch, name)
  button.addEventListener('click', () => {
    if (!chart.off.delete(series)) chart.off.add(series)
    redraw(series)
  })
  const entry = document.createElement('li')
  entry.append(button)
  return entry
}

function more(chart, number, redraw) {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'more'
  const [open, close] = chart.closed ? [`Legend: ${number} series`, 'Hide the legend'] : [`Show ${number - FEW} more`, 'Show fewer']
  button.textContent = chart.open ? close : open
  button.setAttribute('aria-expanded', String(Boolean(chart.open)))
  button.addEventListener('click', () => {
    chart.open = !chart.open
    redraw()
  })
  const entry = document.createElement('li')
  entry.append(button)
  return entry
}
