package emulator

import (
	"net/http"
	"slices"
)

// coupons serves the coupons of a cart. Every one is taken, and none makes anything cheaper.
func (s *Server) coupons() {
	s.cartRoute("GET /order/cart/{id}/coupon", anonymous, func(a *answer, _ *http.Request, c openCart) {
		a.json(append([]string{}, c.coupons...))
	})
	s.cartRoute("POST /order/cart/{id}/coupon", anonymous, func(a *answer, r *http.Request, c openCart) {
		var body struct{ Coupon string }
		if !a.body(r, &body, "coupon") || !a.writable(c) {
			return
		}
		if body.Coupon == "" {
			a.malformed("coupon")
			return
		}
		if !slices.Contains(c.coupons, body.Coupon) {
			c.coupons = append(slices.Clone(c.coupons), body.Coupon)
		}
		s.saveCart(c)
		a.json(c.coupons)
	})
	s.cartRoute("DELETE /order/cart/{id}/coupon", anonymous, func(a *answer, r *http.Request, c openCart) {
		coupon := r.URL.Query().Get("coupon")
		switch {
		case !r.URL.Query().Has("coupon"):
			a.malformedParameter("coupon")
		case !a.writable(c):
		case !slices.Contains(c.coupons, coupon):
			a.unknown()
		default:
			c.coupons = slices.DeleteFunc(slices.Clone(c.coupons), func(other string) bool { return other == coupon })
			s.saveCart(c)
			a.json(nil)
		}
	})
}
