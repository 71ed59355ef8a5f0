{
  grafanaDashboards+:: {
    [file]: $._config.dashboards[file] {
      tags: $._config.dashboardTags,
      refresh: $._config.dashboardRefresh,
      timezone: $._config.dashboardTimezone,
    }
    for file in std.objectFields($._config.dashboards)
  },
}
