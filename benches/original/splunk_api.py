"""The example service of collectington 0.1.4, with the metrics of the shipped config.json added.

The behavior of the example is unchanged, including its mean per poll and its parameters. The driver sets the lifetime of the data
store, so that every poll sends a request.
"""
import os
import statistics
from datetime import datetime

from collectington.collectington_api import (
    CollectingtonApi,
    enable_delta_metric,
    register_metric,
    register_metric_class,
)
from collectington.config import get_config


@register_metric_class
class SplunkApi(CollectingtonApi):
    def __init__(self):
        super().__init__()
        self.config = get_config("config.json")
        self.service_name = "splunk"
        self.api_url = self.config["services"]["splunk"]["api_url"]
        self.headers = {"X-VO-Api-Key": "key", "X-VO-Api-Id": "id"}
        self.name_of_datastore = "splunk_datastore"
        self.data_store_expiration_sec = float(os.environ["EXPIRATION"])

    def first_times(self):
        """Returns the first time of trigger, acknowledgement and resolution of each alert, as the example finds them."""
        first = {"triggered": {}, "acknowledged": {}, "resolved": {}}
        for incident in self.get_data_from_store(self.name_of_datastore)["incidents"]:
            for transition in incident["transitions"]:
                times = first[transition["name"]]
                alert, at = transition["alertId"], transition["at"]
                if alert not in times or at < times[alert]:
                    times[alert] = at
        return first

    def mean_minutes(self, name):
        first = self.first_times()
        parse = lambda text: datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")
        minutes = [
            (parse(first[name][alert]) - parse(at)).total_seconds() / 60
            for alert, at in first["triggered"].items()
            if alert in first[name]
        ]
        return int(statistics.mean(minutes)) if minutes else None

    @register_metric("number_of_incidents")
    @enable_delta_metric
    def get_number_of_incidents(self):
        return self.get_data_from_store(self.name_of_datastore)["total"]

    @register_metric("time_taken_to_acknowledge")
    def get_time_taken_to_acknowledge(self):
        return self.mean_minutes("acknowledged")

    @register_metric("time_taken_to_resolve")
    def get_time_taken_to_resolve(self):
        return self.mean_minutes("resolved")

    @register_metric("incidents_per_team")
    def get_incidents_per_team(self):
        counts = {}
        for incident in self.get_data_from_store(self.name_of_datastore)["incidents"]:
            for team in incident["pagedTeams"]:
                counts[team] = counts.get(team, 0) + 1
        return [{"team": team, "value": n} for team, n in counts.items()]

    @register_metric("open_incidents")
    def get_open_incidents(self):
        counts = {"triggered": 0, "acknowledged": 0}
        for incident in self.get_data_from_store(self.name_of_datastore)["incidents"]:
            if incident["currentPhase"] in counts:
                counts[incident["currentPhase"]] += 1
        return [{"phase": phase, "value": n} for phase, n in counts.items()]
