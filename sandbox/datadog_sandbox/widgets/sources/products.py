"""Which of Datadog's products a data source or a widget type belongs to."""

PRODUCTS = {
    'logs': 'the patterns and transactions of Log Management',
    'rum': 'Real User Monitoring',
    'ci': 'CI Visibility',
    'security': 'Cloud SIEM',
    'app_sec': 'App and API Protection',
    'process': 'Live Processes',
    'container': 'Live Containers',
    'cloud_cost': 'Cloud Cost Management',
    'incident': 'Incident Management',
    'audit': 'Audit Trail',
    'network': 'Cloud Network Monitoring',
    'apm': 'the statistics of dependencies of APM',
    'trace': 'trace queries of APM',
    'profile': 'Continuous Profiler',
    'profiling': 'Continuous Profiler',
    'llm_observability': 'LLM Observability',
    'product_analytics': 'Product Analytics',
    'dataset': 'Reference Tables and data sets',
    'database': 'Database Monitoring',
    'on_call': 'On-Call',
    'synthetics': 'Synthetic Monitoring',
    'workflow': 'Workflow Automation',
    'app': 'App Builder or an integration of the account',
    'issue': 'Error Tracking',
    'errors': 'Error Tracking',
    'apm_issue': 'Error Tracking',
    'rum_issue': 'Error Tracking',
    'logs_issue': 'Error Tracking',
    'case': 'Case Management',
    'data_streams': 'Data Streams Monitoring',
    'service_map': 'the service map of APM',
    'data_quality': 'Data Observability',
    'datadog_usage': 'Usage Metering',
    'reference_table': 'Reference Tables and data sets',
    'network_device': 'Network Device Monitoring',
    'network_path': 'Network Path',
    'user_journey': 'Product Analytics',
    'security_runtime': 'Workload Protection',
}
"""By how the names of their data sources begin."""
TYPES = {
    'funnel': 'rum',
    'sankey': 'product_analytics',
    'cohort': 'product_analytics',
    'retention_curve': 'product_analytics',
    'user_journey': 'product_analytics',
    'run_workflow': 'workflow',
    'custom': 'app',
    'embedded_app': 'app',
    'cloud_cost_summary': 'cloud_cost',
    'profiling_flame_graph': 'profiling',
}
"""Widget types that draw nothing but what such a source has."""
OTHERS = {
    'powerpack': 'A powerpack is a template of widgets in a Datadog account: it is stored, but not drawn',
    'wildcard': 'A wildcard widget contains its own Vega-Lite specification: it is stored, but not drawn',
}


def needs(source: str) -> str:
    """Return the product that a data source belongs to, or its name where that is unknown."""
    beginnings = [beginning for beginning in PRODUCTS if source.startswith(beginning)]
    return PRODUCTS[max(beginnings, key=len)] if beginnings else f'the product of the data source {source}'


def unkept(source: str) -> str:
    """Return in a sentence that the sandbox does not keep what a data source has."""
    return f'This widget needs {needs(source)} (data source {source}), whose data the sandbox does not keep'


def why_not_drawn(type_: str) -> str:
    """Return why widgets of a type are kept and not drawn."""
    if type_ in OTHERS:
        return OTHERS[type_]
    if type_ in TYPES:
        return f'This widget needs {needs(TYPES[type_])}, whose data the sandbox does not keep'
    return f'The sandbox does not draw widgets of the type {type_[:40]}'
