"""The shop's catalogue as a table: some 300 things a Dutch neighbourhood shop sells.

A family line is `prefix | brand | name | category | VAT % | flags`; under it the variants as
`suffix label price` cells. Flags: `batch`, `serial`, `short` (GTIN-8).
"""

from __future__ import annotations

FAMILIES = """
COF-ESP|Molen & Zoon|Espresso beans|Coffee & tea|9|batch
250:250 g:6.95;500:500 g:12.50;1000:1 kg:22.95
COF-FIL|Molen & Zoon|Filter coffee, medium roast|Coffee & tea|9|batch
250:250 g:5.49;500:500 g:9.95
COF-DEC|Molen & Zoon|Decaf beans|Coffee & tea|9|batch
250:250 g:7.25;500:500 g:13.50
COF-CUP|Molen & Zoon|Coffee capsules|Coffee & tea|9|
10:10 pcs:3.99;30:30 pcs:10.95
COF-SIN|Brandende Kaap|Single origin beans|Coffee & tea|9|batch
ETH:Ethiopia Yirgacheffe:9.95;COL:Colombia Huila:9.50;SUM:Sumatra Gayo:9.75;KEN:Kenya AA:10.95
TEA-BAG|Theehuis Wilhelmina|Tea bags|Coffee & tea|9|
EB:English breakfast:2.95;EG:Earl Grey:2.95;GR:Green sencha:3.25;RO:Rooibos:2.75;MU:Fresh mint:3.25
TEA-LSE|Theehuis Wilhelmina|Loose tea 100 g|Coffee & tea|9|batch
AS:Assam:5.95;DJ:Darjeeling:7.50;JA:Jasmine pearls:9.95;CH:Chamomile:4.95
CHO-BAR|Van Houten & Dochters|Chocolate bar|Sweets|9|
MLK:milk:2.25;50:50% cacao:2.50;70:70% cacao:2.75;85:85% cacao:2.95;WHT:white:2.25;HAZ:hazelnut:2.65
CHO-LET|Van Houten & Dochters|Chocolate letter|Sweets|9|
A:A:4.50;B:B:4.50;J:J:4.50;M:M:4.50;S:S:4.50
HAG|De Strooier|Chocolate sprinkles 400 g|Breakfast|9|
MLK:milk:2.79;DRK:dark:2.79;MIX:mixed:2.89;FRU:fruit:2.49
STR-WAF|Bakkerij Kaatje|Stroopwafels|Bakery|9|batch
8:8 pcs:2.50;10:tin of 10:6.95;MIN:mini, 200 g:2.95
BRD|Bakkerij Kaatje|Bread|Bakery|9|batch
WHT:white loaf:2.45;WHL:wholemeal loaf:2.75;SPE:spelt loaf:3.50;RYE:Frisian rye:2.95;SOU:sourdough:4.50
PAS|Bakkerij Kaatje|Pastry|Bakery|9|batch,short
CRO:croissant:1.45;KOF:koffiebroodje:1.95;APP:appelflap:1.95;SAU:saucijzenbroodje:2.25;TOM:tompouce:2.75
CAK|Bakkerij Kaatje|Cake|Bakery|9|batch
ONT:ontbijtkoek:2.95;APP:apple tart, whole:13.50;BOT:boterkoek:4.95;CAR:carrot cake:5.95
CHE-GOU|Boerderij Oud-Zuilen|Gouda, per 500 g piece|Dairy & cheese|9|batch
JNG:young:5.95;BEL:semi-mature:6.75;OUD:mature:8.50;OVJ:extra mature:9.95;KOM:with cumin:6.95
CHE-SPE|Boerderij Oud-Zuilen|Farmhouse cheese 200 g|Dairy & cheese|9|batch
GEI:goat:4.95;BRI:Brie de Meaux:4.50;BLU:blue:4.75;SCH:sheep:5.50
DAI|Boerderij Oud-Zuilen|Dairy|Dairy & cheese|9|batch
MLK:whole milk 1 l:1.49;SEM:semi-skimmed milk 1 l:1.39;BUT:butter 250 g:2.95;YOG:yoghurt 1 l:1.95;VLA:vanilla vla 1 l:2.25;KWA:kwark 500 g:1.85
EGG|Boerderij Oud-Zuilen|Free-range eggs|Dairy & cheese|9|batch
6:6 pcs:2.25;10:10 pcs:3.50;12:12 pcs:3.95
JAM|Jardin d'Élodie|Jam 250 g|Breakfast|9|
STR:strawberry:3.95;APR:apricot:3.95;RAS:raspberry:4.25;CRM:crème de cassis:4.75
HON|Imkerij De Bijenkorf|Honey 450 g|Breakfast|9|batch
FLO:flower:6.50;ACA:acacia:7.50;HEI:heather:8.95
PNB|Notenbar Pindakees|Nut butter 350 g|Breakfast|9|
PEA:peanut:3.50;CRU:peanut, crunchy:3.50;ALM:almond:7.95;CAS:cashew:7.50
NUT|Notenbar Pindakees|Roasted nuts 200 g|Sweets|9|
MIX:mixed:4.50;CAS:cashews:4.95;ALM:almonds:4.75;PIS:pistachios:6.50
LIC|Oud-Hollands Snoepgoed|Liquorice 250 g|Sweets|9|
SWE:sweet:2.50;SAL:salt:2.50;DBL:double salt:2.65;HON:honey:2.75
CAN|Oud-Hollands Snoepgoed|Boiled sweets|Sweets|9|short
CIN:cinnamon:0.50;ANI:aniseed:0.50;MIN:peppermint:0.50;FRU:fruit:0.50
WIN-RED|Château Bélair|Red wine 75 cl|Drinks|21|
MER:merlot:8.95;RIO:rioja crianza:10.95;COT:Côtes du Rhône:9.50
WIN-WHT|Château Bélair|White wine 75 cl|Drinks|21|
SAU:sauvignon blanc:8.50;CHA:chardonnay:9.50;RIE:riesling:9.95
BEE|Brouwerij 't Anker|Beer 33 cl|Drinks|21|
PIL:pils:1.75;BLO:blond:2.25;TRI:tripel:2.65;IPA:IPA:2.75;WIT:wheat:2.25;000:alcohol-free 0.0%:1.65
SOD|Frisfabriek|Soda 33 cl|Drinks|9|
COL:cola:1.50;ORA:orange:1.50;CAS:cassis:1.50;TON:tonic:1.75;GIN:ginger ale:1.75
JUI|Frisfabriek|Juice 1 l|Drinks|9|
APP:apple:2.95;ORA:orange:3.50;PEA:pear:2.95
WAT|Frisfabriek|Mineral water|Drinks|9|
50:50 cl:0.95;150:1.5 l:1.45;SPK:sparkling 50 cl:0.99
FRU|Groenteboer Smit|Fruit, per piece or pack|Fresh|9|
APE:Elstar apple:0.45;BAN:banana:0.35;ORA:orange:0.50;STR:strawberries 400 g:3.95;GRA:grapes 500 g:2.95;LEM:lemon:0.49
VEG|Groenteboer Smit|Vegetables|Fresh|9|
POT:potatoes 2 kg:2.95;CAR:carrots 1 kg:1.45;ONI:onions 1 kg:1.25;TOM:tomatoes 500 g:1.95;KAL:kale, cut 300 g:1.99;SPR:sprouts 500 g:1.75
MEA|Slagerij Van der Ploeg|Butcher's counter|Fresh|9|batch
ROO:rookworst:3.95;GEH:minced beef 500 g:6.50;FIL:filet americain 150 g:3.25;BAL:meatball, cooked:1.95
PAS-DRY|Pasta Nonna Giulia|Dry pasta 500 g|Pantry|9|
SPA:spaghetti:1.75;PEN:penne:1.75;FUS:fusilli:1.75;TAG:tagliatelle:2.25
OIL|Pasta Nonna Giulia|Oil & vinegar|Pantry|9|
EVO:olive oil extra virgin 50 cl:9.95;SUN:sunflower oil 1 l:3.25;BAL:balsamic vinegar 25 cl:5.95
SPI|Specerijenhuis De Peper|Spices|Pantry|9|
CIN:cinnamon 40 g:2.25;NUT:nutmeg 30 g:2.50;CUR:curry 45 g:2.50;PAP:paprika 45 g:2.25;SAF:saffron 0.5 g:5.95;SPE:speculaas mix 40 g:2.75
SAU|De Keukenplank|Sauces|Pantry|9|
MAY:mayonnaise 50 cl:2.95;KET:ketchup 50 cl:2.50;PIN:peanut sauce 30 cl:2.25;MUS:mustard, Zaanse 25 cl:2.75;SAM:sambal oelek 20 cl:1.95
SOU|De Keukenplank|Soup 80 cl|Pantry|9|
PEA:pea soup (snert):4.50;TOM:tomato:3.95;MUS:mushroom crème:4.25
MUG|Atelier Delfts|Mug|Kitchen|21|
RED:red:8.95;BLU:Delft blue:12.50;WHT:white:7.95;CAT:with cat:9.95
PLA|Atelier Delfts|Plate|Kitchen|21|
21:21 cm:7.50;27:27 cm:9.95;SET:set of 4:34.95
TIL|Atelier Delfts|Tile|Gifts|21|
MIL:windmill:14.95;SHI:ship:14.95;TUL:tulip:14.95
KNI|Staalwerk Solingen|Kitchen knife|Kitchen|21|
PAR:paring 9 cm:12.95;CHE:chef's 20 cm:49.95;BRE:bread 22 cm:34.50
PAN|Staalwerk Solingen|Pan|Kitchen|21|
FRY:frying 28 cm:39.95;SAU:saucepan 18 cm:34.95;STO:stockpot 8 l:59.95
GAD|De Keukenplank|Kitchen tools|Kitchen|21|
PEE:peeler:4.95;SLI:cheese slicer:7.95;WHI:whisk:6.50;SPA:spatula:5.50;BOA:oak board:24.95;TOW:tea towel, Elias:6.95
CAN-DLE|Kaarsenmakerij Lumière|Candle|Home|21|
DIN:dinner, ivory 6 pcs:5.95;PIL:pillar, red:7.50;TEA:tea lights 50 pcs:6.95;SCE:scented, vanille:14.95
SOA|Savonnerie Zuid|Soap|Care|21|
LAV:lavender bar:4.50;OLI:olive bar:4.50;HAN:hand soap 30 cl:7.95;SHA:shampoo bar:8.95
CLE|Blinkend|Cleaning|Home|21|
DIS:dish soap 50 cl:2.95;ALL:all-purpose 1 l:3.50;GRE:groene zeep 1 l:3.95;SPO:sponges 5 pcs:1.95;CLO:microfibre cloth:2.50
BOL|IJzerwinkel Hamer|Bolt|Hardware|21|
M4:M4 [10 pcs]:1.95;M5:M5 [10 pcs]:2.25;M6:M6 [10 pcs]:2.50;M8:M8 [10 pcs]:3.25
SCR|IJzerwinkel Hamer|Wood screws|Hardware|21|
330:3.0 x 30 mm, 100 pcs:4.95;440:4.0 x 40 mm, 100 pcs:5.95;560:5.0 x 60 mm, 100 pcs:7.95
TOO|IJzerwinkel Hamer|Hand tools|Hardware|21|
HAM:hammer 300 g:14.95;SCR:screwdriver set:19.95;TAP:measuring tape 5 m:8.95;SAW:handsaw:17.50;PLI:pliers:12.95
LED|Lumen|LED bulb E27|Hardware|21|
4:4 W:4.95;7:7 W:5.95;11:11 W:7.95;DIM:8 W dimmable:8.95
BAT|Lumen|Batteries|Hardware|21|
AA4:AA, 4 pcs:4.95;AAA:AAA, 4 pcs:4.95;9V:9 V:5.50;CR2:CR2032:2.95
ELE|Klank & Co|Electronics|Electronics|21|serial
SPK:bluetooth speaker:79.95;HEA:headphones:129.00;PWR:power bank 10,000 mAh:34.95;RAD:DAB+ radio:99.95;CHG:USB-C charger 30 W:24.95
CAB|Klank & Co|Cable|Electronics|21|
C1:USB-C 1 m:9.95;C2:USB-C 2 m:12.95;HDM:HDMI 2 m:14.95
BIK|Rijwielhuis Tweewieler|Bicycle parts|Bicycle|21|
LIG:light set:14.95;BEL:bell, brass:12.50;TUB:inner tube 28":6.95;PUM:hand pump:17.95;PAT:repair kit:4.95;SAD:saddle cover:7.95
LOC|Rijwielhuis Tweewieler|Bicycle lock|Bicycle|21|serial
CHA:chain 120 cm:54.95;RIN:ring lock:29.95
BAG|Canvas & Leer|Bag|Fashion|21|
TOT:canvas tote:12.95;BAC:backpack:69.95;SHO:shoulder bag:89.00;PAP:paper bag:0.25
HOO|Noorderwind|Hoodie, black|Fashion|21|
S:S:49.99;M:M:49.99;L:L:49.99;XL:XL:49.99
TSH|Noorderwind|T-shirt, organic cotton|Fashion|21|
S:S:24.95;M:M:24.95;L:L:24.95;XL:XL:24.95
SOC|Noorderwind|Socks|Fashion|21|
36:36-40:7.95;41:41-46:7.95;WOO:wool:12.95
SCA|Noorderwind|Winter wear|Fashion|21|
SCA:scarf, merino:39.95;HAT:beanie:19.95;GLO:gloves:24.95
BOO|Uitgeverij De Leeslamp|Book|Books & paper|9|
COO:Dutch Cooking for Beginners:24.99;CYC:Cycling the Vecht:19.99;KID:Jip's Winter (picture book):14.99;NOV:The Silent Canal:22.50;CRY:Cryptograms № 4:6.95
NOT|Papeterie Zuiderzee|Notebook|Books & paper|21|
A5L:A5, lined:7.95;A5D:A5, dotted:7.95;A6:A6, plain:4.95
PEN|Papeterie Zuiderzee|Pen|Books & paper|21|
BAL:ballpoint, blue:1.50;FIN:fineliner, black:2.50;FOU:fountain pen:29.95
CRD|Papeterie Zuiderzee|Greeting card|Books & paper|21|
BIR:birthday:2.95;THX:thank you:2.95;LOV:with love:2.95;GET:get well soon:2.95;CHR:Christmas, 10 pcs:7.95
NEW|Papeterie Zuiderzee|Newspaper|Books & paper|9|
DAY:weekday:3.20;SAT:Saturday:4.95
TOY|Speelgoed Pim|Toy|Toys|21|
PUZ:puzzle 1000 pcs:17.95;BLK:wooden blocks:24.95;BEA:bear, Bruno:19.95;CAR:tin car:9.95;YOY:yo-yo:4.50;KIT:kite:14.95
GAM|Speelgoed Pim|Board game|Toys|21|
GOO:game of the goose:14.95;CHS:chess:29.95;MEM:memory:12.95
PLT|Kwekerij Het Groene Pad|Plant|Garden|9|
MON:monstera:24.95;BAS:basil in pot:2.25;TUL:tulips, bunch of 10:5.95;ROS:roses, bunch of 20:9.95;CAC:cactus:4.95
BUL|Kwekerij Het Groene Pad|Flower bulbs|Garden|9|
TUL:tulip mix, 25 pcs:7.95;NAR:narcissus, 20 pcs:6.95;HYA:hyacinth, 10 pcs:6.50
GAR|Kwekerij Het Groene Pad|Garden|Garden|21|
SOI:potting soil 20 l:4.95;POT:terracotta pot 18 cm:6.95;CAN:watering can:19.95;GLO:gloves:7.95
PET|Dierenhof|Pet food|Pets|21|
DOG:dog, 2 kg:14.95;CAT:cat, 1.5 kg:12.95;SNA:chew sticks:3.50;BIR:bird seed 1 kg:4.25
SRV|Service|Service|Service|21|
WRP:gift wrapping:1.50;KEY:key copy:9.95;ENG:engraving, per piece:12.50;DEL:delivery by cargo bike:5.00
GIF|Service|Gift card|Service|0|serial
10:10 euro:10.00;25:25 euro:25.00;50:50 euro:50.00
DEP|Service|Deposit|Service|0|short
CAN:can:0.15;BOT:small bottle:0.15;BIG:large bottle:0.25;CRA:crate:3.90
"""  # noqa: E501
