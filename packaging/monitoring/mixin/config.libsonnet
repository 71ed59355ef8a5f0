// The options of the mixin. Override them in `_config+::`.
{
  _config+:: {
    // The label matchers of every series of the exporter: the scrape job, and others if you need them.
    selector: 'job="cton"',

    // The severity of each alert.
    severities: {
      CtonDown: 'critical',
      CtonDataOutdated: 'warning',
      CtonPollsFailing: 'warning',
      CtonRateLimitNearlyReached: 'warning',
      CtonMetricErrors: 'warning',
      CtonItemsNotRecorded: 'warning',
      CtonSeriesDropped: 'warning',
      CtonStateNotWritten: 'warning',
    },

    // The runbook. The name of the alert in lower case is appended.
    runbookUrl: 'https://github.com/collectington/collectington/blob/main/docs/troubleshooting.md#',

    // The dashboards by file name. Replace them with the output of `cton dashboard` for your config.
    dashboards: { 'collectington.json': import '../dashboard.json' },
    dashboardTags: ['collectington'],
    dashboardRefresh: '1m',
    dashboardTimezone: 'browser',
  },
}
