package emulator

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
)

// configuration is a label of an item, with its value.
type configuration struct {
	ID    int64  `json:"id"`
	Label string `json:"label"`
	Value string `json:"value"`
}

// configurationRoutes serve the configuration of a cart's items.
func (s *Server) configurationRoutes() {
	s.itemRoute("GET /order/cart/{id}/item/{item}/requiredConfiguration", func(a *answer, _ *http.Request, _ openCart, i *item) {
		a.json(s.listed(i))
	})
	s.itemRoute("GET /order/cart/{id}/item/{item}/configuration", s.listConfigurations)
	s.itemRoute("POST /order/cart/{id}/item/{item}/configuration", s.configure)
	s.itemRoute("GET /order/cart/{id}/item/{item}/configuration/{configuration}", s.readConfiguration)
	s.itemRoute("DELETE /order/cart/{id}/item/{item}/configuration/{configuration}", s.dropConfiguration)
}

func (s *Server) listConfigurations(a *answer, r *http.Request, _ openCart, i *item) {
	label := r.URL.Query().Get("label")
	ids := []int64{}
	for _, configured := range i.configurations {
		if label == "" || configured.Label == label {
			ids = append(ids, configured.ID)
		}
	}
	a.json(ids)
}

// configure takes any label and any value, as the real one does: what is wrong with them the checkout says.
func (s *Server) configure(a *answer, r *http.Request, c openCart, i *item) {
	var body struct {
		Label *string
		Value json.RawMessage
	}
	// Clients are known to repeat the path's ids in the body.
	if !a.body(r, &body, "label", "value", "cartId", "itemId") || !a.writable(c) {
		return
	}
	if body.Label == nil {
		a.malformed("label")
		return
	}
	var value string
	switch text := string(body.Value); {
	case text == "true", text == "false": // taken, although values are strings
		value = text
	case text == "null", json.Unmarshal(body.Value, &value) != nil:
		a.malformed("value")
		return
	}
	configured := configuration{ID: s.newID(), Label: *body.Label, Value: value}
	s.change(c, i, func(i *item) { i.configurations = append(i.configurations, configured) })
	a.json(configured)
}

// configurationOf finds the configuration that a request names, or says that there is none.
func (s *Server) configurationOf(a *answer, r *http.Request, i *item) (configuration, bool) {
	id, err := strconv.ParseInt(r.PathValue("configuration"), 10, 64)
	at := slices.IndexFunc(i.configurations, func(c configuration) bool { return err == nil && c.ID == id })
	var found configuration
	if at >= 0 {
		found = i.configurations[at]
	}
	if at < 0 {
		a.fail(http.StatusNotFound, "Client::NotFound", "The requested object (configurationId = "+r.PathValue("configuration")+") does not exist")
	}
	return found, at >= 0
}

func (s *Server) readConfiguration(a *answer, r *http.Request, _ openCart, i *item) {
	if found, ok := s.configurationOf(a, r, i); ok {
		a.json(found)
	}
}

func (s *Server) dropConfiguration(a *answer, r *http.Request, c openCart, i *item) {
	if !a.writable(c) {
		return
	}
	if found, ok := s.configurationOf(a, r, i); ok {
		s.change(c, i, func(i *item) {
			i.configurations = slices.DeleteFunc(i.configurations, func(other configuration) bool { return other.ID == found.ID })
		})
		a.json(nil)
	}
}
