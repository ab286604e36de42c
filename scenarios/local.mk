scenariodir = $(pkgdatadir)/scenarios
dist_scenario_DATA = \
	scenarios/eos-drain.scenario \
	scenarios/eos-exit.scenario \
	scenarios/fill-resume.scenario \
	scenarios/full-rate.scenario \
	scenarios/importer-profiles \
	scenarios/known-issues \
	scenarios/late-consumer.scenario \
	scenarios/multi-area-ack.scenario \
	scenarios/no-consumer-full.scenario \
	scenarios/no-fallback.scenario \
	scenarios/reconnect.scenario \
	scenarios/reserved.scenario \
	scenarios/restart.scenario \
	scenarios/shutdown-order.scenario \
	scenarios/vanishing-client.scenario
