"""What the cold chain rules say, in both languages."""

from base.errors import message

NOT_COLD = message(
    "cold_chain.not_cold",
    zh="没有需要冷藏、冷冻管理的产品",
    en="none of the goods needs cold or frozen handling",
)
NO_RANGE = message(
    "cold_chain.no_range",
    zh="产品主数据没有贮存或运输温度",
    en="the master data of the cold goods states no temperature range",
)
RANGES_DIFFER = message(
    "cold_chain.ranges_differ",
    zh="同一运输中的产品温度要求互不相容，无法判断记录仪对应哪些产品",
    en="the goods need ranges that do not meet; it is not known which logger rode with which",
)
UNDER_WAY = message(
    "cold_chain.under_way",
    zh="发货未满 {days} 日，记录可能尚未收到",
    en="shipped less than {days} days ago; the records may still be on their way",
)
NO_TRANSPORT_RECORD = message(
    "cold_chain.no_transport_record",
    zh="冷链产品没有运输记录",
    en="there is no transport record of these cold goods",
)
NO_LOG = message(
    "cold_chain.no_log",
    zh="{start} 至 {end} 的运输没有温度记录",
    en="no temperature record of the transport from {start} to {end}",
)
LOGGED = message(
    "cold_chain.logged",
    zh="运输有温度记录",
    en="the transport has a temperature record",
)
SHOULD_BE_LOGGED = message(
    "cold_chain.should_be_logged",
    zh="冷链运输有运输记录和温度记录",
    en="cold transport has a transport record and a temperature record",
)
TIME_MISSING = message(
    "cold_chain.time_missing",
    zh="运输记录没有{field}",
    en="the transport record does not give the {field}",
)
TIMES_CONTRADICT = message(
    "cold_chain.times_contradict",
    zh="到达或交接时间不晚于启运时间",
    en="arrival or hand-over is not after departure",
)
SUPPLY_LOG = message(
    "cold_chain.supply_log", zh="提供在途温度记录", en="supply the temperature record in transit"
)
SUPPLY_TIMES = message(
    "cold_chain.supply_times",
    zh="提供注明启运、到达（交接）时间的运输记录",
    en="supply a transport record with departure and arrival (hand-over) times",
)
SUPPLY_RANGE = message(
    "cold_chain.supply_range",
    zh="补充产品说明书或标签标示的温度范围",
    en="add the temperature range of the label to the product master data",
)
SUPPLY_BOXES = message(
    "cold_chain.supply_boxes",
    zh="说明各记录仪对应的产品",
    en="say which logger rode with which goods",
)
SUPPLY_READINGS = message(
    "cold_chain.supply_readings",
    zh="提供记录仪的逐点读数",
    en="supply the logger's single readings",
)
OUT_OF_RANGE = message(
    "cold_chain.out_of_range",
    zh="超出 {range}：最低 {low}、最高 {high} °C，累计 {minutes} 分钟，始于 {start}",
    en="outside {range}: lowest {low}, highest {high} °C, {minutes} minutes in all, from {start}",
)
DAY_OUT_OF_RANGE = message(
    "cold_chain.day_out_of_range",
    zh="{day} 日汇总超出 {range}：最低 {low}、最高 {high} °C",
    en="the aggregate of {day} is outside {range}: lowest {low}, highest {high} °C",
)
PART_DAY_OUT = message(
    "cold_chain.part_day_out",
    zh="{day} 日汇总超出 {range}，但当日只有部分时间在途",
    en="the aggregate of {day} is outside {range}, but the goods travelled only part of that day",
)
IN_RANGE = message(
    "cold_chain.in_range",
    zh="全程在 {range} 内（最低 {low}、最高 {high} °C）",
    en="within {range} all the way (lowest {low}, highest {high} °C)",
)
SHOULD_BE_IN_RANGE = message(
    "cold_chain.should_be_in_range", zh="温度保持在 {range} 内", en="kept within {range}"
)
QUARANTINE_GOODS = message(
    "cold_chain.quarantine_goods",
    zh="隔离货物，由质量管理人员评估并签署处理结论",
    en="hold the goods; quality staff assess the excursion and sign the outcome",
)
GAP_FOUND = message(
    "cold_chain.gap_found",
    zh="{count} 段时间没有温度记录，共 {minutes} 分钟，首段 {start} 至 {end}",
    en="{count} stretches without readings, {minutes} minutes in all, the first {start} to {end}",
)
NO_GAP = message("cold_chain.no_gap", zh="温度记录连续，没有中断", en="the readings have no gap")
SHOULD_BE_CONTINUOUS = message(
    "cold_chain.should_be_continuous",
    zh="自启运至交接温度记录连续",
    en="readings without a gap from departure to hand-over",
)
PART_DAY_SILENT = message(
    "cold_chain.part_day_silent",
    zh="{day} 传感器曾中断，但当日只有部分时间在途",
    en="the sensor was silent on {day}, but the goods travelled only part of that day",
)
TOO_RARE = message(
    "cold_chain.too_rare",
    zh="记录间隔 {found} 秒，超过 {allowed} 秒",
    en="recorded every {found} seconds, more than {allowed}",
)
OFTEN_ENOUGH = message("cold_chain.often_enough", zh="记录间隔符合要求", en="recorded often enough")
SHOULD_BE_OFTEN = message(
    "cold_chain.should_be_often",
    zh="运输中至少每 {minutes} 分钟、超温时至少每 {excursion} 分钟记录一次",
    en="recorded at least every {minutes} minutes, every {excursion} while out of range",
)
SET_LOGGER = message(
    "cold_chain.set_logger", zh="调整记录仪的记录间隔", en="set the logger's interval"
)
AGGREGATES_ONLY = message(
    "cold_chain.aggregates_only",
    zh="只有每日汇总，无法证明记录间隔",
    en="only daily aggregates, which prove no interval",
)
WRONG_MODE = message(
    "cold_chain.wrong_mode",
    zh="冷链产品以“{mode}”运输，未使用冷藏车或保温箱",
    en="cold goods travelled by {mode}, with neither refrigerated vehicle nor insulated box",
)
RIGHT_MODE = message(
    "cold_chain.right_mode",
    zh="使用冷藏车或保温箱运输",
    en="carried in a refrigerated vehicle or an insulated box",
)
MODE_UNSAID = message(
    "cold_chain.mode_unsaid",
    zh="运输记录没有注明运输方式",
    en="the transport record does not name the mode",
)
COLLECTED = message(
    "cold_chain.collected",
    zh="购货者自提，交接后不由本企业运输",
    en="collected by the customer; no transport of ours",
)
STORAGE_LOG_MISSING = message(
    "cold_chain.storage_log_missing",
    zh="{zone} 在 {start} 至 {end} 没有温度记录",
    en="{zone} has no temperature record from {start} to {end}",
)
PLACE_UNSAID = message(
    "cold_chain.place_unsaid",
    zh="入库或移库记录没有写明库房和库区",
    en="the put-away or movement does not name warehouse and zone",
)
SUPPLY_PLACE = message(
    "cold_chain.supply_place",
    zh="补充库房和库区",
    en="supply warehouse and zone",
)
NOT_STORED = message(
    "cold_chain.not_stored", zh="没有入库记录", en="there is no put-away of this lot"
)
LOG_STILL_DUE = message(
    "cold_chain.log_still_due",
    zh="库房温度记录在 {days} 日内导出即可，尚未到期",
    en="the store's recorder is exported within {days} days; not due yet",
)
RECEIPT_LACKS = message(
    "cold_chain.receipt_lacks",
    zh="冷链收货记录缺少：{fields}",
    en="the record of the cold arrival lacks: {fields}",
)
RECEIPT_COMPLETE = message(
    "cold_chain.receipt_complete",
    zh="收货时核实了运输方式、温度和时间，且在 {range} 内",
    en="mode, temperatures and times were verified at arrival, within {range}",
)
RECEIPT_OUT = message(
    "cold_chain.receipt_out",
    zh="到货或在途温度 {found} °C 超出 {range}，仍被验收合格",
    en="{found} °C at arrival or in transit is outside {range}, and the goods were accepted",
)
SHOULD_VERIFY_ARRIVAL = message(
    "cold_chain.should_verify_arrival",
    zh="收货时核实并记录运输方式、在途与到货温度、启运与到货时间，不符合的拒收",
    en="mode, temperatures in transit and at arrival, departure and arrival times recorded; "
    "what does not conform is refused",
)
SUPPLY_ARRIVAL = message(
    "cold_chain.supply_arrival",
    zh="补充冷链收货记录或供货者的在途温度记录",
    en="supply the arrival record or the supplier's temperature record",
)
REFUSED_AT_DOOR = message(
    "cold_chain.refused_at_door", zh="货物已拒收", en="the goods were refused"
)
RETURN_WITHOUT_RECORD = message(
    "cold_chain.return_without_record",
    zh="退回的冷链产品没有售出期间温度记录却被接收",
    en="cold goods came back without a record of their temperature while sold, and were taken in",
)
RETURN_OUT = message(
    "cold_chain.return_out",
    zh="退回的冷链产品售出期间温度 {found} °C 超出 {range}，却被接收",
    en="returned cold goods had been at {found} °C, outside {range}, and were taken in",
)
RETURN_RECORDED = message(
    "cold_chain.return_recorded",
    zh="退回的冷链产品有售出期间温度记录，或已拒收",
    en="returned cold goods came with their temperature record, or were refused",
)
RETURN_LOG_NOT_HERE = message(
    "cold_chain.return_log_not_here",
    zh="退货记录提到的温度记录 {log} 尚未收到",
    en="the temperature record {log} named by the return is not here",
)
NO_RETURN = message(
    "cold_chain.no_return", zh="没有客户退货", en="nothing came back from a customer"
)
LOGGER_TWICE = message(
    "cold_chain.logger_twice",
    zh="记录仪同时出现在两次运输中：{first} 与 {second}",
    en="the logger rode in two transports at once: {first} and {second}",
)
LOGGER_ONCE = message(
    "cold_chain.logger_once",
    zh="记录仪没有同时出现在两处",
    en="the logger was never in two places at once",
)
LOGGER_UNUSED = message(
    "cold_chain.logger_unused",
    zh="没有运输记录提到该记录仪",
    en="no transport record names this logger",
)
CLEAR_UP_LOGGER = message(
    "cold_chain.clear_up_logger",
    zh="核实两次运输各自使用的记录仪",
    en="find out which logger rode in each of the two",
)
SUMMARY_DIFFERS = message(
    "cold_chain.summary_differs",
    zh="记录仪自述的{field}为 {stated}，由读数算得 {found}",
    en="the logger states {field} {stated}, its readings give {found}",
)
SUMMARY_AGREES = message(
    "cold_chain.summary_agrees",
    zh="记录仪自述的汇总与读数一致",
    en="the logger's own summary agrees with its readings",
)
NO_SUMMARY = message(
    "cold_chain.no_summary",
    zh="记录仪文件没有可核对的汇总",
    en="the logger's files state nothing to compare",
)
SIGNATURE_WRONG = message(
    "cold_chain.signature_wrong",
    zh="条目 {seq} 的记录仪文件签名不成立",
    en="the logger's signature on the file of entry {seq} does not hold",
)
ORIGINAL_EXPORT = message(
    "cold_chain.original_export",
    zh="从记录仪重新导出原始文件",
    en="export the original file from the logger again",
)
