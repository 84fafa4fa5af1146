package emulator_test

import (
	"fmt"
	"testing"

	"tldsweep/internal/emulator"
)

func like(t *testing.T, name string) emulator.Like {
	t.Helper()
	l, err := emulator.ParseLike(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// worlds are those with a name, and 2026 with each of its shapes changed.
func worlds(t *testing.T) map[string]emulator.Like {
	all := map[string]emulator.Like{}
	for _, name := range emulator.Likes() {
		all[name] = like(t, name)
	}
	for _, shape := range emulator.Shapes() {
		for _, value := range shape.Values[1:] {
			changed, err := emulator.Like{}.With(shape.Name, value)
			if err != nil {
				t.Fatal(err)
			}
			all[shape.Name+" "+value] = changed
		}
	}
	return all
}

// fill opens an assigned cart of a subsidiary with domains in it, each with what it needs.
func (s shop) fill(subsidiary string, domains ...string) (cart string, items []string) {
	s.t.Helper()
	opened := s.call("POST", "/order/cart", object{"ovhSubsidiary": subsidiary}).(object)
	cart = "/order/cart/" + opened["cartId"].(string)
	s.call("POST", cart+"/assign", nil)
	for _, domain := range domains {
		added := s.call("POST", cart+"/domain", object{"domain": domain, "duration": "P1Y"}).(object)
		item := cart + "/item/" + id(added["itemId"])
		s.configure(item)
		items = append(items, item)
	}
	return cart, items
}

// steady is a world in which every name is free and no dry run times out.
func steady(l emulator.Like) emulator.Options {
	return emulator.Options{Like: l, OnlyRegistered: true, CheckTimeouts: -1}
}

func TestEveryWorldDeliversAnOrder(t *testing.T) {
	for name, l := range worlds(t) {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, steady(l))
			cart, _ := s.fill("FR", "example-shop.fr", "example-shop.com")
			dry := s.call("GET", cart+"/checkout", nil).(object)
			placed := s.call("POST", cart+"/checkout", object{"autoPayWithPreferredPaymentMethod": true, "waiveRetractationPeriod": true}).(object)
			if total(placed) != total(dry) || placed["orderId"] == nil || placed["url"] == nil || dry["orderId"] != nil || dry["url"] != nil {
				t.Errorf("%v after %v", placed, dry)
			}
			order := "/me/order/" + id(placed["orderId"])
			for _, want := range []string{"checking", "delivering", "delivered", "delivered"} {
				if got := s.call("GET", order+"/status", nil); got != want {
					t.Errorf("it is %v, not %s", got, want)
				}
			}
			if orders := s.server.Orders(); len(orders) != 1 || !orders[0].Paid || fmt.Sprint(orders[0].Domains) != "[example-shop.fr example-shop.com]" {
				t.Errorf("%+v", orders)
			}
		})
	}
}

func TestRequirementsMislead(t *testing.T) {
	for name, test := range map[string]struct {
		like    emulator.Like
		age     any // what they say of OWNER_LEGAL_AGE being required, which it is
		contact any // and of OWNER_CONTACT, which is not
	}{
		"2026":   {like(t, "2026"), false, true},
		"guide":  {like(t, "guide"), nil, nil},
		"honest": {emulator.Like{Required: "honest"}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, steady(test.like))
			_, items := s.fill("FR", "example-shop.fr")
			for _, q := range s.call("GET", items[0]+"/requiredConfiguration", nil).([]any) {
				question := q.(object)
				switch question["label"] {
				case "OWNER_LEGAL_AGE":
					if question["required"] != test.age {
						t.Errorf("%v", question)
					}
				case "OWNER_CONTACT":
					if question["required"] != test.contact {
						t.Errorf("%v", question)
					}
				}
			}
		})
	}
	// The fields are those on record. One recorded requirement has no allowedValues; here all have, or none.
	for name, fixed := range map[string]string{"2026": "required-configuration-2026", "guide": "required-configuration-guide"} {
		s := newShop(t, steady(like(t, name)))
		_, items := s.fill("FR", "example-shop.fr")
		want := map[string]any{}
		for _, q := range fixture(t, fixed).([]any) {
			want[q.(object)["label"].(string)] = q
		}
		for _, q := range s.call("GET", items[0]+"/requiredConfiguration", nil).([]any) {
			recorded, ok := want[q.(object)["label"].(string)]
			if !ok {
				continue
			}
			delete(want, q.(object)["label"].(string))
			if _, there := recorded.(object)["allowedValues"]; name == "2026" && !there {
				recorded.(object)["allowedValues"] = nil
			}
			if fmt.Sprint(q) != fmt.Sprint(recorded) {
				t.Errorf("%s: %v, not %v", name, q, recorded)
			}
		}
		if len(want) > 0 {
			t.Errorf("%s lacks %v", name, want)
		}
	}
}
