EXTRA_DIST += \
	scripts/bootstrap \
	scripts/check \
	scripts/check-includes \
	scripts/git-version \
	scripts/make-list \
	scripts/quickstart \
	scripts/setup
