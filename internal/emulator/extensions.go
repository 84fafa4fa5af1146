package emulator

import (
	"net/http"
	"slices"
	"strings"
)

// orderings are how a list of extensions may be asked for.
var orderings = []string{"alphabetical", "trending"}

// category is extensions that belong together.
type category struct {
	Name       string   `json:"name"`
	Extensions []string `json:"extensions"`
}

// The categories are made up: no source lists the real ones.
var (
	geolocalizations = []category{{"europe", []string{"fr", "eu", "de", "co.uk", "es", "it"}}, {"asia", []string{"asia", "in"}}}
	thematics        = []category{{"technology", []string{"io", "tech", "app", "dev"}}, {"shopping", []string{"shop", "store"}}}
)

// extensionRoutes serves the lists of extensions, and what there is to know of each.
func (s *Server) extensionRoutes() {
	s.listRoute("GET /domain/data/extension", anonymous, "country", func(*http.Request) any { return s.world.extensions })
	s.listRoute("GET /domain/extensions", needed, "ovhSubsidiary", s.listExtensions)
	s.listRoute("GET /domain/extensions/highlighted", needed, "ovhSubsidiary", func(*http.Request) any { return highlighted })
	s.listRoute("GET /domain/extensions/pricingAttributes", needed, "ovhSubsidiary", s.pricingAttributes)
	s.route("GET /domain/extensions/byCategory", needed, s.byCategory)
	s.route("GET /domain/extensions/{name}", needed, s.extension)
	s.route("GET /domain/extensions/{name}/registryConfigurations", needed, s.registryConfigurations)
}

// listRoute is route for a list that may be asked for by subsidiary, and in an order.
func (s *Server) listRoute(pattern string, login login, parameter string, list func(*http.Request) any) {
	s.route(pattern, login, func(a *answer, r *http.Request) {
		given := r.URL.Query()
		switch {
		case given.Has(parameter) && currencies[given.Get(parameter)] == "":
			a.malformedParameter(parameter)
		case given.Has("orderBy") && !slices.Contains(orderings, given.Get("orderBy")):
			a.malformedParameter("orderBy")
		default:
			a.json(list(r))
		}
	})
}

// listExtensions is the same list for every subsidiary, but for what is asked for by category; what trends comes first.
func (s *Server) listExtensions(r *http.Request) any {
	query, list := r.URL.Query(), s.world.extensions
	for parameter, categories := range map[string][]category{"geolocalizations": geolocalizations, "thematics": thematics} {
		if query.Has(parameter) {
			list = slices.DeleteFunc(slices.Clone(list), func(extension string) bool {
				return !slices.ContainsFunc(categories, func(c category) bool {
					return c.Name == query.Get(parameter) && slices.Contains(c.Extensions, extension)
				})
			})
		}
	}
	if query.Get("orderBy") == "trending" {
		first := slices.DeleteFunc(slices.Clone(highlighted), func(extension string) bool { return !slices.Contains(list, extension) })
		rest := slices.DeleteFunc(slices.Clone(list), func(extension string) bool { return slices.Contains(first, extension) })
		list = append(first, rest...)
	}
	return list
}

func (s *Server) byCategory(a *answer, r *http.Request) {
	asked := r.URL.Query()["categoryType"]
	all := map[string][]category{"geolocalization": geolocalizations, "thematic": thematics}
	for _, kind := range asked {
		if all[kind] == nil {
			a.malformedParameter("categoryType")
			return
		}
	}
	for kind := range all {
		if len(asked) > 0 && !slices.Contains(asked, kind) {
			all[kind] = nil
		}
	}
	a.json(all)
}

func (s *Server) pricingAttributes(*http.Request) any {
	attributes := []map[string]any{}
	for _, name := range s.world.extensions {
		attributes = append(attributes, map[string]any{
			"name": name, "brandNew": s.world.hash("new", name)%50 == 0, "priceDrop": s.world.known[name].discount > 0,
		})
	}
	return attributes
}

// known is the extension that a request names, or nil, and then the request is answered.
func (a *answer) known(r *http.Request) *extension {
	e := a.s.world.known[r.PathValue("name")]
	if e == nil {
		a.unknown()
	}
	return e
}

func (s *Server) extension(a *answer, r *http.Request) {
	if e := a.known(r); e != nil {
		a.json(map[string]any{"name": e.name})
	}
}

func (s *Server) registryConfigurations(a *answer, r *http.Request) {
	e := a.known(r)
	if e == nil {
		return
	}
	years := []int{12, 24, 36, 48, 60, 72, 84, 96, 108, 120}
	a.json(map[string]any{
		"dns": map[string]any{"isDNSSECSupported": true, "minNumber": 2, "maxNumber": 10},
		"domain": map[string]any{
			"isPremiumSupported": true, "label": map[string]any{"isIDNSupported": !strings.Contains(e.name, "."), "minLength": 1, "maxLength": 63},
		},
		"lifecycle": map[string]any{
			"create": map[string]any{"allowedPeriodsInMonths": years}, "order": map[string]any{"active": !e.closed, "minMonths": 12, "maxMonths": 120},
			"renew": map[string]any{"allowedPeriodsInMonths": years, "gracePeriodInDays": 30}, "restore": map[string]any{"gracePeriodInDays": 30},
			"transfer": map[string]any{"allowedPeriodsInMonths": []int{12}, "includeRenew": true},
		},
	})
}
