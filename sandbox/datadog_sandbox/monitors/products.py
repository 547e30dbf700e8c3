"""The types of monitors that are stored but not evaluated, as the sandbox does not have their data."""

PRODUCTS = {
    'audit alert': 'the events of Audit Trail',
    'ci-pipelines alert': 'the pipelines of CI Visibility',
    'ci-tests alert': 'the tests of Test Optimization',
    'cost alert': 'the costs of Cloud Cost Management',
    'data-jobs alert': 'the runs of Data Jobs Monitoring',
    'data-quality alert': 'the tables of Data Observability',
    'database-monitoring alert': 'the queries of Database Monitoring',
    'error-tracking alert': 'the issues of Error Tracking',
    'llm-observability alert': 'the spans of LLM Observability',
    'network-path alert': 'the paths of Network Path',
    'network-performance alert': 'the flows of Cloud Network Monitoring',
    'process alert': 'the processes of Live Processes',
    'rum alert': 'the events of Real User Monitoring',
    'synthetics alert': 'the test results of Synthetic Monitoring',
}
"""The data that each type needs."""


def unkept(name: str | None) -> str | None:
    """Return in a sentence why monitors of a type are not evaluated for lack of data; None for other types."""
    if name in PRODUCTS:
        return f'A monitor of the type "{name}" needs {PRODUCTS[name]}, which the sandbox does not keep.'
    return None
