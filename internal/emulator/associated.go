package emulator

import (
	"fmt"
	"net/http"
)

// associated serves what belongs to an order: its bill, once it is paid.
func (s *Server) associated() {
	s.orderRoute("GET /me/order/{order}/associatedObject", func(a *answer, _ *http.Request, o placedOrder) {
		if !o.paid {
			a.json(map[string]any{"id": nil, "type": nil})
			return
		}
		a.json(map[string]any{"id": fmt.Sprintf("FR%d", o.id), "type": "Bill"})
	})
}
