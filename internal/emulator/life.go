package emulator

import (
	"net/http"
	"slices"
	"time"
)

// Life is what becomes of an order once it is paid. The zero value is delivered after three looks at its status.
type Life struct {
	// Speed is how many times faster than a real order it goes: 60 delivers in some 5 s. At 0 no clock moves it but the
	// looks at its status, a step each.
	Speed     float64
	Documents bool // the fraud check asks for documents before it accepts
	Cancelled bool // the fraud check refuses, and the order ends cancelled
}

// event is something that happens to an order.
type event struct {
	after       time.Duration // since it was paid, at a real one's speed
	status      string        // that it has from then on, billing.order.OrderStatusEnum
	step        string        // billing.order.followUp.StepEnum; empty where the follow-up is silent
	label, text string
}

// events are an order's life in order, with the times of a server's order on record: nothing for minutes, then all at once.
func (l Life) events() []event {
	const accepted = 4*time.Minute + 7*time.Second
	all := []event{
		{0, "checking", "", "", ""},
		{4 * time.Minute, "checking", "VALIDATING", "ORDER_STARTED", "Workflow started"},
		{4*time.Minute + 5*time.Second, "checking", "VALIDATING", "FRAUD_CHECK", "Check started"},
	}
	later := time.Duration(0)
	if l.Documents {
		all = append(all, event{accepted, "documentsRequested", "VALIDATING", "FRAUD_DOCS_REQUESTED", "Documents requested"})
		later = time.Hour
	}
	if l.Cancelled {
		return append(all,
			event{accepted + later, "cancelling", "VALIDATING", "FRAUD_REFUSED", "Order refused"},
			event{accepted + later + time.Minute, "cancelled", "", "", ""},
		)
	}
	return append(all,
		event{accepted + later, "delivering", "VALIDATING", "ORDER_ACCEPTED", "Order accepted"},
		event{accepted + later + 13*time.Second, "delivering", "DELIVERING", "DELIVERY", "Delivery started"},
		event{accepted + later + 33*time.Second, "delivered", "", "", ""},
	)
}

// eventsOf are the events of an order so far, none where it is not paid. Nothing runs: they follow from the time, or from
// how often its status was looked at.
func (s *Server) eventsOf(o placedOrder) []event {
	events := s.options.Life.events()
	if !o.paid {
		return nil
	}
	if speed := s.options.Life.Speed; speed > 0 {
		age := time.Duration(float64(s.now().Sub(o.paidAt)) * speed)
		return slices.DeleteFunc(events, func(e event) bool { return e.after > age })
	}
	// A look moves it on to the last event of the next status.
	statuses := 0
	for at, e := range events {
		if at > 0 && e.status != events[at-1].status {
			statuses++
		}
		if statuses >= max(o.looks, 1) {
			return events[:at]
		}
	}
	return events
}

// statusOf is billing.order.OrderStatusEnum.
func (s *Server) statusOf(o placedOrder) string {
	events := s.eventsOf(o)
	if len(events) == 0 {
		return "notPaid"
	}
	return events[len(events)-1].status
}

func (s *Server) orderStatus(a *answer, _ *http.Request, o placedOrder) {
	s.changeOrder(o.id, func(kept *placedOrder) {
		if kept.paid {
			kept.looks++
		}
		o = *kept
	})
	a.json(s.statusOf(o))
}

// followUp is billing.order.FollowUp[]: four steps, each with what happened in it, the newest first.
func (s *Server) followUp(a *answer, _ *http.Request, o placedOrder) {
	events := s.eventsOf(o)
	switch s.options.Like.FollowUp {
	case "none":
		a.unknown()
		return
	case "todo":
		events = nil
	}
	steps := []map[string]any{}
	for _, step := range []string{"VALIDATING", "VALIDATED", "DELIVERING", "AVAILABLE"} {
		history := []map[string]string{}
		for _, e := range events {
			if e.step == step {
				history = append(history, map[string]string{"date": s.dateOf(o, e), "label": e.label, "description": e.text})
			}
		}
		slices.Reverse(history)
		steps = append(steps, map[string]any{"step": step, "status": stepStatus(step, events), "history": history})
	}
	a.json(steps)
}

// stepStatus is billing.order.followUp.StatusEnum of a step after events.
func stepStatus(step string, events []event) string {
	has := func(word string) bool {
		return slices.ContainsFunc(events, func(e event) bool { return e.label == word || e.status == word })
	}
	done := map[string]string{"VALIDATING": "ORDER_ACCEPTED", "VALIDATED": "ORDER_ACCEPTED", "DELIVERING": "delivered", "AVAILABLE": "delivered"}
	started := map[string]string{"VALIDATING": "ORDER_STARTED", "DELIVERING": "DELIVERY"}
	switch {
	case has(done[step]):
		return "DONE"
	case step == "VALIDATING" && has("FRAUD_REFUSED"):
		return "ERROR"
	case started[step] != "" && has(started[step]):
		return "DOING"
	}
	return "TODO"
}

// dateOf is when something happened; the dates on record have no offset.
func (s *Server) dateOf(o placedOrder, e event) string {
	at := o.paidAt
	if speed := s.options.Life.Speed; speed > 0 {
		at = at.Add(time.Duration(float64(e.after) / speed))
	}
	if s.options.Like.FollowUp == "naive" {
		return at.UTC().Format(time.DateTime)
	}
	return wireTime(at)
}
