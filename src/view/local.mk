view_sources = \
	src/view/view.h
