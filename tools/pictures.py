"""Take the pictures of the timeboard from a sandbox that has an hour of data, such as the one of `make start`."""

import os
from pathlib import Path

import click
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / 'custom_check/images'
WIDTH, SCALE = 1280, 1.5
CHART_MILLISECONDS = 60_000


@click.command()
@click.argument('url')
@click.option('--folder', type=click.Path(path_type=Path, file_okay=False, exists=True), default=IMAGES)
def main(url: str, folder: Path) -> None:
    """Open the first dashboard of the sandbox at URL, and write timeboard_light.png and timeboard_dark.png."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get('CHROMIUM', '/usr/bin/chromium'),
            # Chromium's own sandbox does not work for root, as in containers.
            args=['--no-sandbox'] if os.geteuid() == 0 else [],
        )
        for theme in ('light', 'dark'):
            page = browser.new_page(
                viewport={'width': WIDTH, 'height': 400}, device_scale_factor=SCALE, color_scheme=theme
            )
            page.goto(url)
            charts = page.locator('[data-chart] svg.marks')
            charts.last.wait_for(timeout=CHART_MILLISECONDS)
            file = folder / f'timeboard_{theme}.png'
            page.locator('main').screenshot(path=file)
            click.echo(f'Written to {file} ({file.stat().st_size // 1024} KiB).')
        browser.close()


if __name__ == '__main__':
    main()
