// The alerts and the dashboard of Collectington as a mixin (https://monitoring.mixins.dev).
(import 'config.libsonnet') + (import 'alerts.libsonnet') + (import 'dashboards.libsonnet')
