# 'make help' lists the commands.  Each sets up the environment that it needs.

PYTHON    = python3
VENV      = .venv
LANGUAGE  = en
PORT      = 8000
bin      := $(VENV)/bin
LISTS    := requirements.txt tests/requirements.txt benchmarks/requirements.txt
.PHONY: help html doctest test new draft check move drop expected catalogs inventory linkcheck releases addresses bench live serve lock clean
.DELETE_ON_ERROR:

help:
	@echo "make html       build the site, both languages:  build/html/index.html"
	@echo "make doctest    run every page once more, compare all outputs"
	@echo "make test       run the tests; installs what they need"
	@echo "make new        write a page:                    PAGE=group/page [AFTER=page] [TITLE=]"
	@echo "make draft      run and show one page, or all:   [PAGE=group/page]"
	@echo "make check      run the tests of one page:       PAGE=group/page"
	@echo "make move       rename a page:                   FROM=group/page TO=group/page"
	@echo "make drop       delete a page:                   PAGE=group/page [TO=group/page]"
	@echo "make expected   accept what the gallery prints:  tests/expected/"
	@echo "make catalogs   bring the catalogs up to date:   docs/locale/"
	@echo "make inventory  look up the names of torch's API: docs/api.csv"
	@echo "make linkcheck  try every link that leads out of the site"
	@echo "make releases   run every page with the installed torch, note the result"
	@echo "make addresses  note the addresses that are published: docs/addresses.txt"
	@echo "make bench      measure what builds cost:        benchmarks/README.md"
	@echo "make live       rebuild and reload on a change   [LANGUAGE=en|zh_CN]"
	@echo "make serve      show the built site on localhost [PORT=8000]"
	@echo "make lock       renew constraints.txt"
	@echo "make clean      delete what was built"

html doctest expected addresses linkcheck: $(VENV)/site
	@$(bin)/python docs/_tools/build.py $@ $(SPHINXOPTS)

draft: $(VENV)/site
	@$(bin)/python docs/_tools/build.py draft "$(PAGE)" $(SPHINXOPTS)

new: $(VENV)/site
	@$(bin)/python docs/_tools/author.py new "$(PAGE)" "$(AFTER)" "$(TITLE)"

move: $(VENV)/site
	@$(bin)/python docs/_tools/author.py move "$(FROM)" "$(TO)"

drop: $(VENV)/site
	@$(bin)/python docs/_tools/author.py drop "$(PAGE)" "$(TO)"

# Notes what differs, whatever that is, and then fails if anything does.
releases: $(VENV)/site
	@rm -f build/work/doctest/report.json
	@$(bin)/python docs/_tools/build.py doctest $(SPHINXOPTS) || true
	@$(bin)/python docs/_tools/note_release.py

# In an environment of its own: the other ways of building need much.
bench:
	@$(MAKE) --no-print-directory VENV=$(VENV)-bench $(VENV)-bench/bench
	@$(VENV)-bench/bin/python benchmarks/run.py $(ONLY)

catalogs: $(VENV)/site
	@$(bin)/python docs/_tools/catalogs.py

inventory: $(VENV)/site
	@$(bin)/python docs/_tools/inventory.py

test: $(VENV)/tests
	$(bin)/python tests/browser.py
	$(bin)/ruff check
	$(bin)/ruff format --check
	$(bin)/python -m pytest --numprocesses=2 --dist=loadfile

check: $(VENV)/tests
	@test -f gallery/$(PAGE).py || { echo "No such page: make check PAGE=<group>/<page>"; exit 1; }
	@$(bin)/ruff check --quiet gallery/$(PAGE).py
	@$(bin)/ruff format --check --quiet gallery/$(PAGE).py
	@$(bin)/python docs/_tools/build.py draft "$(PAGE)"
	@$(bin)/python -m pytest --quiet --durations=3 --page="$(PAGE)"

live: $(VENV)/site
	$(bin)/sphinx-autobuild --quiet --conf-dir . --define language=$(LANGUAGE) \
		--doctree-dir build/work/doctrees/live-$(LANGUAGE) --watch gallery --watch conf.py \
		--re-ignore '/docs/gallery/|\.mo$$|__pycache__' --port $(PORT) \
		docs build/work/live-$(LANGUAGE)

serve: $(VENV)/site
	@test -f build/html/index.html || { echo "Nothing built yet: 'make html'"; exit 1; }
	$(bin)/python -m http.server --bind localhost --directory build/html $(PORT)

lock:
	rm -rf build/lock && $(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install --quiet $(foreach file,$(LISTS),--requirement $(file))
	build/lock/bin/python -m pip freeze --all --exclude pip \
		--requirement requirements.txt > build/lock/frozen.txt
	sed '1,/^## The following/d' build/lock/frozen.txt > constraints.txt

clean:
	rm -rf build docs/gallery
	find docs/locale -name '*.mo' -delete

$(VENV)/site: requirements.txt constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' || \
		{ echo "Python 3.11 to 3.14 is needed: make PYTHON=python3.13 ..."; exit 1; }
	@$(PYTHON) docs/_tools/environment.py $(VENV) $<
	@touch $@

$(VENV)/bench: benchmarks/requirements.txt $(VENV)/site
	@$(bin)/python docs/_tools/environment.py $(VENV) $<
	@touch $@

$(VENV)/tests: tests/requirements.txt $(VENV)/site
	@$(bin)/python docs/_tools/environment.py $(VENV) $<
	@touch $@
